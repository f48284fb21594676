/** Where two panes lie in the room that panels leave. CSS px from the window's top left. */

import type { Insets, Place, Size } from "./camera";

export interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Panes {
  first: Rect;
  second: Rect;
  /** One above the other. */
  isStacked: boolean;
}

/** Between the panes. */
export const GAP_PX = 1;
const LEAST_SHARE = 0.2;
/** In less room, a pane beside another is too narrow for its names and buttons. */
const LEAST_WIDTH_PX = 560;

/** Room that is left of a window. */
export function roomIn({ width, height }: Size, { left, top, right, bottom }: Insets): Rect {
  return { left, top, width: Math.max(1, width - left - right), height: Math.max(1, height - top - bottom) };
}

/** Cuts the room in two: side by side where it is wide, one above the other where it is not. */
export function split(room: Rect, share: number): Panes {
  const isStacked = room.width < LEAST_WIDTH_PX || room.width < 0.9 * room.height;
  const whole = isStacked ? room.height : room.width;
  const first = Math.round((whole - GAP_PX) * keepShare(share));
  const second = whole - GAP_PX - first;
  const [start, rest] = isStacked
    ? [{ ...room, height: first }, { ...room, top: room.top + first + GAP_PX, height: second }]
    : [{ ...room, width: first }, { ...room, left: room.left + first + GAP_PX, width: second }];
  return { first: start, second: rest, isStacked };
}

/** The share of the room that the first pane gets when the border is dragged to a place. */
export function shareAt(place: Place, room: Rect, isStacked: boolean): number {
  return keepShare(isStacked ? (place.y - room.top) / room.height : (place.x - room.left) / room.width);
}

function keepShare(share: number): number {
  return Math.max(LEAST_SHARE, Math.min(1 - LEAST_SHARE, share));
}

/** Whether a place in a pane, CSS px from the pane's top left, is in sight there. */
export function isInSight({ x, y }: Place, { width, height }: Size): boolean {
  return x >= 0 && y >= 0 && x <= width && y <= height;
}
