/** Where a card goes beside a point: on the screen, and never over the point. All in pixels. */

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Placement {
  left: number;
  top: number;
  side: "right" | "left" | "below" | "above";
}

/**
 * The upper left corner of a card of `width` × `height` beside (x, y), `gap` away from it.
 *
 * Right, then left, below, above: the first side with room. Where none has, the side with most room, as far
 * inside `bounds` as can be without covering the point.
 */
export function placeCard(
  point: { x: number; y: number },
  { width, height, bounds, gap = 16 }: { width: number; height: number; bounds: Box; gap?: number },
): Placement {
  const room = {
    right: bounds.right - (point.x + gap) - width,
    left: point.x - gap - bounds.left - width,
    below: bounds.bottom - (point.y + gap) - height,
    above: point.y - gap - bounds.top - height,
  };
  const sides = ["right", "left", "below", "above"] as const;
  const side = sides.find((name) => room[name] >= 0) ?? sides.reduce((a, b) => (room[b] > room[a] ? b : a));
  const alongX = clamp(point.x - width / 2, bounds.left, bounds.right - width);
  // A third above the point, not half: the first lines of the card are read first.
  const alongY = clamp(point.y - height / 3, bounds.top, bounds.bottom - height);
  if (side === "right") return { left: point.x + gap, top: alongY, side };
  if (side === "left") return { left: point.x - gap - width, top: alongY, side };
  if (side === "below") return { left: alongX, top: point.y + gap, side };
  return { left: alongX, top: point.y - gap - height, side };
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
