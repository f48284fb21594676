/** What the panels that a page starts with cover of the map, before they stand there: where the first frame looks. */

import type { Insets, Size } from "./camera";

/** Between panels, and from the window's edges, CSS px. */
export const GUTTER = 12;
/** The top line. */
export const TOP = 44;
/** The left panel. */
export const LEFT = 272;
/** Below the top line, on narrow windows. */
export const TOOLBAR = 52;
/** A lowered sheet. */
export const PEEK = 52;
/** A window below this width, CSS px, has one sheet from below instead of panels at its sides. */
export const NARROW = 720;

/** `hasLeft`: topics or a legend stand at the left. */
export function startCover({ width, height }: Size, hasLeft: boolean): Insets {
  if (width < NARROW) return { left: 0, top: TOP + TOOLBAR, right: 0, bottom: Math.min(PEEK, height / 2) };
  return { left: hasLeft ? LEFT + 2 * GUTTER : 0, top: TOP, right: 0, bottom: 0 };
}
