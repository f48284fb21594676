/** Colours as people with other cones see them. Source: Machado, Oliveira and Fernandes 2009, severity 1. */

import { type Rgb, deltaE, fromLinear, toLinearRgb } from "./color";

export type Vision = "protan" | "deutan" | "tritan";
export const VISIONS: readonly Vision[] = ["protan", "deutan", "tritan"];

const MATRICES: Record<Vision, readonly [Row, Row, Row]> = {
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
type Row = readonly [number, number, number];

/** The colour as a person without red (protan), green (deutan) or blue (tritan) cones sees it. */
export function seenBy(color: Rgb, vision: Vision): Rgb {
  const [r, g, b] = toLinearRgb(color);
  return fromLinear(MATRICES[vision].map(([x, y, z]) => x * r + y * g + z * b) as [number, number, number]);
}

/** The least distance of two colours among all ways to see; as `deltaE`. */
export function leastDeltaE(a: Rgb, b: Rgb): number {
  return Math.min(deltaE(a, b), ...VISIONS.map((vision) => deltaE(seenBy(a, vision), seenBy(b, vision))));
}

/** The two colours of a list that are closest, for a way to see; Infinity for fewer than two. */
export function closestPair(colors: readonly Rgb[], vision: Vision | null): number {
  const seen = vision ? colors.map((color) => seenBy(color, vision)) : colors;
  let least = Infinity;
  seen.forEach((a, i) => seen.slice(i + 1).forEach((b) => (least = Math.min(least, deltaE(a, b)))));
  return least;
}
