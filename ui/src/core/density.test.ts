import { expect, test } from "vitest";
import { densityGrid, landBounds, pointLook } from "./density";

test("density keeps the number of rows and is highest where they lie", () => {
  const xy = new Float32Array(2000).fill(0.25);
  const grid = densityGrid(xy, 1000, 64);
  const at = (x: number, y: number) => {
    const place = (value: number) => Math.floor(((value + grid.margin) / (1 + 2 * grid.margin)) * grid.side);
    return grid.values[place(y) * grid.side + place(x)]!;
  };
  expect(at(0.25, 0.25)).toBeGreaterThan(0.9);
  expect(at(0.75, 0.75)).toBe(0);
});

test("even land has density 1 and as many rows per area as there are", () => {
  const xy = new Float32Array(2 * 10000);
  for (let i = 0; i < 10000; i++) xy.set([((i % 100) + 0.5) / 100, (Math.floor(i / 100) + 0.5) / 100], 2 * i);
  const grid = densityGrid(xy, 5_000_000);
  expect(grid.typical).toBeGreaterThan(4.8e6);
  expect(grid.typical).toBeLessThan(5.2e6);
});

test("no rows, no density", () => {
  const grid = densityGrid(new Float32Array(0), 0, 16);
  expect(grid.typical).toBe(0);
  expect(grid.values.every((value) => value === 0)).toBe(true);
});

test("points shrink as they crowd, then fade, and never vanish", () => {
  const looks = [1e-5, 1e-3, 1e-2, 0.1, 1, 10].map(pointLook);
  looks.slice(1).forEach((look, i) => {
    expect(look.diameter).toBeLessThanOrEqual(looks[i]!.diameter);
    expect(look.opacity).toBeLessThanOrEqual(looks[i]!.opacity);
  });
  expect(looks[0]!.diameter).toBeLessThanOrEqual(11);
  expect(looks.at(-1)!.opacity).toBeGreaterThan(0.2);
});

test("the land is where the rows are, not where a few strayed to", () => {
  const xy = Float32Array.from({ length: 2000 }, (_, i) => 0.4 + 0.2 * ((i % 97) / 96));
  xy.set([0.999, 0.001], 0);
  const { x0, x1, y0 } = landBounds(xy);
  expect(x0).toBeCloseTo(0.4, 1);
  expect(x1).toBeLessThan(0.62);
  expect(y0).toBeGreaterThan(0.38);
});
