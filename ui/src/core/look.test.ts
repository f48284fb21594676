import { expect, test } from "vitest";
import { isUsual, readLook, USUAL_LOOK } from "./look";

test("what was not remembered is as usual", () => {
  for (const kept of [undefined, null, "", 7, {}, { size: "big", palette: "neon", ramp: 3 }]) {
    expect(readLook(kept)).toEqual(USUAL_LOOK);
  }
});

test("what was remembered comes back, within its bounds", () => {
  expect(readLook({ size: 99, contours: -1, palette: "distinct", ramp: "ember" })).toEqual({
    ...USUAL_LOOK,
    size: 3,
    contours: 0,
    palette: "distinct",
    ramp: "ember",
  });
});

test("a look with one thing changed is not the usual one", () => {
  expect(isUsual(USUAL_LOOK)).toBe(true);
  expect(isUsual({ ...USUAL_LOOK, names: 0 })).toBe(false);
});
