import { expect, test } from "vitest";
import { startCover } from "./cover";

test("a wide window starts with a panel at the left, unless both that stand there are hidden", () => {
  expect(startCover({ width: 1440, height: 900 }, true)).toEqual({ left: 312, top: 44, right: 0, bottom: 0 });
  expect(startCover({ width: 1440, height: 900 }, false).left).toBe(0);
});

test("a narrow window starts with a toolbar above and a lowered sheet below", () => {
  expect(startCover({ width: 390, height: 844 }, true)).toEqual({ left: 0, top: 96, right: 0, bottom: 52 });
});

test("a sheet covers at most half of a window that is hardly higher than it", () => {
  expect(startCover({ width: 390, height: 80 }, true).bottom).toBe(40);
});
