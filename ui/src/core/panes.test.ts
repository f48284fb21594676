import { expect, test } from "vitest";
import { isInSight, roomIn, shareAt, split } from "./panes";

const WIDE = { left: 296, top: 44, width: 1144, height: 856 };
const TALL = { left: 0, top: 44, width: 390, height: 748 };

test("a wide room is cut into left and right, a tall one into above and below", () => {
  const wide = split(WIDE, 0.5);
  expect(wide.isStacked).toBe(false);
  expect(wide.first.width + wide.second.width + 1).toBe(1144);
  expect(wide.second.left).toBe(296 + wide.first.width + 1);
  const tall = split(TALL, 0.5);
  expect(tall.isStacked).toBe(true);
  expect(tall.second.top).toBe(44 + tall.first.height + 1);
  expect(tall.first.width).toBe(390);
});

test("no pane can be dragged away", () => {
  expect(split(WIDE, 0).first.width).toBeGreaterThan(200);
  expect(split(WIDE, 1).second.width).toBeGreaterThan(200);
  expect(shareAt({ x: 0, y: 0 }, WIDE, false)).toBe(0.2);
});

test("the border follows the pointer", () => {
  const share = shareAt({ x: 1000, y: 300 }, WIDE, false);
  expect(split(WIDE, share).first.width).toBeCloseTo(704, -1);
  expect(shareAt({ x: 0, y: 418 }, TALL, true)).toBeCloseTo(0.5);
});

test("what panels cover is no room", () => {
  expect(roomIn({ width: 1440, height: 900 }, { left: 296, top: 44, right: 624, bottom: 0 })).toEqual({ left: 296, top: 44, width: 520, height: 856 });
});

test("a place past the pane's edge is out of sight", () => {
  expect(isInSight({ x: 10, y: 10 }, { width: 20, height: 20 })).toBe(true);
  expect(isInSight({ x: 10, y: 21 }, { width: 20, height: 20 })).toBe(false);
});

test("a narrow room is never cut into left and right, however low it is", () => {
  expect(split({ left: 0, top: 44, width: 390, height: 376 }, 0.5).isStacked).toBe(true);
});
