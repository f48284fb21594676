/** What panels cover of the map; of those that a page starts with, before they stand there: where the first frame looks. */

import type { Insets, Size } from "./camera";

/** Between panels, and from the window's edges, CSS px. */
export const GUTTER = 12;
/** The top line. */
export const TOP = 44;
/** The left panel. */
export const LEFT = 288;
/** Below the top line, on narrow windows. */
export const TOOLBAR = 52;
/** A lowered sheet. */
export const PEEK = 52;
/** A window below this width, CSS px, has one sheet from below instead of panels at its sides. */
export const NARROW = 720;

/** Panels by the room that they take, CSS px; 0: there is none. */
export interface Standing {
  left: number;
  right: number;
  /** Below the map, on wide windows. */
  dock: number;
  /** The sheet, on narrow ones. */
  sheet: number;
  hasToolbar: boolean;
}

/** What panels cover of the window. */
export function coverOf({ width, height }: Size, { left, right, dock, sheet, hasToolbar }: Standing): Insets {
  if (width < NARROW) return { left: 0, top: TOP + (hasToolbar ? TOOLBAR : 0), right: 0, bottom: Math.min(sheet, height / 2) };
  const taken = (px: number) => (px > 0 ? px + 2 * GUTTER : 0);
  return { left: taken(left), top: TOP, right: taken(right), bottom: taken(dock) };
}

/** What those cover that a page starts with. `hasLeft`: topics or a legend stand at the left. */
export function startCover(size: Size, hasLeft: boolean): Insets {
  return coverOf(size, { left: hasLeft ? LEFT : 0, right: 0, dock: 0, sheet: PEEK, hasToolbar: true });
}
