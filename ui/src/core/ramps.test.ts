import { expect, test } from "vitest";
import { deltaE, toOklab } from "./color";
import type { Ground } from "./palette";
import { ramp, type RampName } from "./ramps";
import { seenBy, VISIONS } from "./vision";

const GROUNDS: Ground[] = ["light", "dark"];
const NAMES: RampName[] = ["auto", "sea", "viridis", "cividis", "ember", "grey"];

for (const name of NAMES) {
  test.each(GROUNDS)(`the lightness of ${name} moves one way only, away from %s ground, to every eye`, (ground) => {
    const colors = ramp(24, ground, { name, span: { min: 0, max: 9 } });
    for (const seen of [colors, ...VISIONS.map((vision) => colors.map((color) => seenBy(color, vision)))]) {
      const lightness = seen.map((color) => toOklab(color)[0]);
      const steps = lightness.slice(1).map((value, i) => value - lightness[i]!);
      expect(steps.every((step) => (ground === "light" ? step < 0 : step > 0))).toBe(true);
    }
  });
}

test.each(GROUNDS)("numbers on both sides of 0 get two hues that meet at 0, on %s ground", (ground) => {
  const colors = ramp(41, ground, { span: { min: -1, max: 3 } });
  const chroma = colors.map((color) => Math.hypot(...toOklab(color).slice(1)));
  expect(chroma.indexOf(Math.min(...chroma))).toBe(10);
  for (const vision of VISIONS) {
    expect(deltaE(seenBy(colors[0]!, vision), seenBy(colors[20]!, vision))).toBeGreaterThan(6);
  }
});

test("equal amounts above and below 0 are equally far from the middle's lightness", () => {
  const colors = ramp(41, "light", { span: { min: -2, max: 2 } });
  expect(toOklab(colors[10]!)[0]).toBeCloseTo(toOklab(colors[30]!)[0], 1);
});

test("one who asks for a plain ramp gets it for signed numbers too", () => {
  expect(ramp(8, "light", { name: "grey", span: { min: -1, max: 1 } })).toEqual(ramp(8, "light", { name: "grey" }));
});
