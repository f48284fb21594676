import { expect, test } from "vitest";
import { area, rectangle, simplified } from "./lasso";

const circle = (n: number, wobble = 0) =>
  Array.from({ length: n }, (_, i) => {
    const angle = (2 * Math.PI * i) / n;
    const radius = 200 + wobble * Math.sin(i * 12.9898) * 43;
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
  });

test("a smooth line keeps its shape with far fewer corners", () => {
  const path = circle(1500);
  const few = simplified(path);
  expect(few.length).toBeLessThan(80);
  expect(area(few) / area(path)).toBeCloseTo(1, 1);
});

test("a restless line has no more corners than a link can carry", () => {
  expect(simplified(circle(6000, 1)).length).toBeLessThanOrEqual(240);
});

test("corners stay where they are", () => {
  const box = rectangle({ x: 0, y: 0 }, { x: 10, y: 5 });
  expect(simplified([...box, { x: 0, y: 2 }])).toEqual([...box, { x: 0, y: 2 }]);
  expect(area(box)).toBe(100);
});
