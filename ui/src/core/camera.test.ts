import { expect, test } from "vitest";
import { boundsOf, centredOn, fit, flightAt, flightMs, keepInside, pan, toMap, toScreen, zoomAt } from "./camera";

const root = { x: -2, y: 10, size: 8 };
const size = { width: 800, height: 600 };
const view = { camera: { x: 1, y: 13, zoom: 3 }, root, size };

test("a place goes to the screen and back", () => {
  const screen = toScreen({ x: 0.25, y: 12.5 }, view);
  const back = toMap(screen, view);
  expect(back.x).toBeCloseTo(0.25, 12);
  expect(back.y).toBeCloseTo(12.5, 12);
});

test("up on the map is up on the screen", () => {
  expect(toScreen({ x: 1, y: 14 }, view).y).toBeLessThan(toScreen({ x: 1, y: 13 }, view).y);
});

test("the place under the pointer stays where it is while one zooms", () => {
  const pointer = { x: 130, y: 420 };
  const before = toMap(pointer, view);
  const after = toMap(pointer, { ...view, camera: zoomAt(pointer, 1.7, view) });
  expect(after.x).toBeCloseTo(before.x, 10);
  expect(after.y).toBeCloseTo(before.y, 10);
});

test("a drag moves the land with the pointer", () => {
  const before = toScreen({ x: 1, y: 13 }, view);
  const after = toScreen({ x: 1, y: 13 }, { ...view, camera: pan(30, -20, view) });
  expect([after.x - before.x, after.y - before.y].map(Math.round)).toEqual([30, -20]);
});

test("one cannot drag all of the land off the screen", () => {
  const far = pan(1e7, 1e7, view);
  expect(far.x).toBe(root.x);
  expect(far.y).toBe(root.y + root.size);
});

test("fit shows all of the bounds beside the panels", () => {
  const insets = { left: 300, right: 0, top: 44, bottom: 0 };
  const bounds = { x0: 0, y0: 11, x1: 4, y1: 12 };
  const camera = fit(bounds, { root, size, insets });
  const [a, b] = [toScreen({ x: 0, y: 12 }, { camera, root, size }), toScreen({ x: 4, y: 11 }, { camera, root, size })];
  expect(a.x).toBeCloseTo(300, 6);
  expect(b.x).toBeCloseTo(800, 6);
  expect((a.y + b.y) / 2).toBeCloseTo(44 + (600 - 44) / 2, 6);
});

test("a single point is centred in what the panels leave free", () => {
  const insets = { left: 0, right: 600, top: 0, bottom: 0 };
  const camera = centredOn(3, 12, { zoom: 5, root, insets });
  expect(toScreen({ x: 3, y: 12 }, { camera, root, size })).toEqual({ x: 100, y: 300 });
});

test("a flight starts where one is and ends where one wants to be", () => {
  const to = { x: -1, y: 16, zoom: 7 };
  expect(flightAt(view.camera, to, 0)).toEqual(view.camera);
  expect(flightAt(view.camera, to, 1)).toEqual(to);
});

test("a flight that zooms in about a place keeps that place on its spot", () => {
  const spot = { x: 600, y: 150 };
  const to = zoomAt(spot, 3, view);
  const place = toMap(spot, view);
  const midway = toScreen(place, { ...view, camera: flightAt(view.camera, to, 0.4) });
  expect(midway.x).toBeCloseTo(spot.x, 6);
  expect(midway.y).toBeCloseTo(spot.y, 6);
});

test("no flight takes more than 700 ms", () => {
  expect(flightMs({ x: -2, y: 10, zoom: 0 }, { x: 6, y: 18, zoom: 22 }, { root, size })).toBeLessThanOrEqual(700);
});

test("zoom has its ends", () => {
  expect(keepInside({ x: 0, y: 12, zoom: 99 }, root).zoom).toBe(22);
  expect(boundsOf(keepInside({ x: 0, y: 12, zoom: -99 }, root), view).x1).toBeLessThan(100);
});
