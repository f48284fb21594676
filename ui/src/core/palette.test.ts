import { expect, test } from "vitest";
import { deltaE, toOklab, toRgb } from "./color";
import { categorical, missingColor, type Ground, type PaletteName } from "./palette";
import { closestPair, VISIONS } from "./vision";

const GROUNDS: Ground[] = ["light", "dark"];
const PAPER = { light: [250, 248, 244], dark: [18, 22, 26] } as const;

function closest(colors: [number, number, number][]): number {
  let least = Infinity;
  colors.forEach((a, i) => colors.slice(i + 1).forEach((b) => (least = Math.min(least, deltaE(a, b)))));
  return least;
}

test("known colours come out as CSS defines them", () => {
  expect(toRgb({ l: 1, c: 0, h: 0 })).toEqual([255, 255, 255]);
  expect(toRgb({ l: 0.62796, c: 0.25768, h: 29.234 })).toEqual([255, 0, 0]);
  expect(toOklab([255, 255, 255])[0]).toBeCloseTo(1, 4);
});

test.each(GROUNDS)("up to twelve categories are well apart on %s ground", (ground) => {
  for (let n = 2; n <= 12; n++) expect(closest(categorical(n, ground)), `${n} categories`).toBeGreaterThan(6);
});

/** Least distance (OKLab × 100) of any two colours to any eye; about 2 can just be told apart. */
const LEAST: Record<PaletteName, { n: number; ofEach: number }[]> = {
  portolan: [{ n: 6, ofEach: 10 }, { n: 8, ofEach: 7.5 }, { n: 12, ofEach: 5.5 }],
  distinct: [{ n: 6, ofEach: 12 }, { n: 8, ofEach: 9 }, { n: 12, ofEach: 7 }],
  "okabe-ito": [{ n: 7, ofEach: 7 }],
};

for (const palette of ["portolan", "distinct", "okabe-ito"] as const) {
  test.each(GROUNDS)(`all colours of ${palette} are apart to who lacks red, green or blue cones, on %s ground`, (ground) => {
    for (const { n, ofEach } of LEAST[palette]) {
      for (const vision of [null, ...VISIONS]) {
        expect(closestPair(categorical(n, ground, palette), vision), `${n} ${vision}`).toBeGreaterThan(ofEach);
      }
    }
  });
}

test.each(GROUNDS)("every category stands out from the ground and from missing, on %s ground", (ground) => {
  for (const color of categorical(12, ground)) {
    expect(deltaE(color, [...PAPER[ground]])).toBeGreaterThan(20);
    expect(deltaE(color, missingColor(ground))).toBeGreaterThan(6);
  }
});
