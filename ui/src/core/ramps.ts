/** Ramps of colour for numbers and times: lightness says how much, evenly, away from the ground. */

import { type Oklch, type Rgb, toRgb } from "./color";
import type { Ground } from "./palette";

/** "auto": the sea's ramp, and the diverging one for numbers on both sides of 0. */
export type RampName = "auto" | "sea" | "viridis" | "cividis" | "ember" | "grey" | "diverging";

/** The values that a ramp covers. */
export interface Span {
  min: number;
  max: number;
}

interface Path {
  light: { l: [number, number]; c: (t: number) => number; h: (t: number) => number };
  dark: { l: [number, number]; c: (t: number) => number; h: (t: number) => number };
}

const hump = (low: number, high: number) => (t: number) => low + high * Math.sin(Math.PI * (0.15 + 0.75 * t));
const line = (from: number, to: number) => (t: number) => from + (to - from) * t;

/** Colours in the manner of the well-known ramps, made anew at even steps of lightness. `t` 1: far from the ground. */
const PATHS: Record<Exclude<RampName, "auto" | "diverging">, Path> = {
  sea: {
    light: { l: [0.8, 0.33], c: hump(0.075, 0.07), h: line(205, 330) },
    dark: { l: [0.42, 0.9], c: hump(0.075, 0.06), h: line(205, 70) },
  },
  viridis: {
    light: { l: [0.84, 0.3], c: hump(0.1, 0.04), h: line(112, 300) },
    dark: { l: [0.38, 0.91], c: hump(0.1, 0.06), h: line(300, 108) },
  },
  cividis: {
    light: { l: [0.84, 0.28], c: (t) => 0.03 + 0.2 * (t - 0.5) ** 2 * 1.6, h: (t) => (t < 0.5 ? 92 : 262) },
    dark: { l: [0.38, 0.91], c: (t) => 0.03 + 0.2 * (t - 0.5) ** 2 * 1.6, h: (t) => (t < 0.5 ? 262 : 96) },
  },
  ember: {
    light: { l: [0.84, 0.3], c: hump(0.08, 0.09), h: line(85, -45) },
    dark: { l: [0.36, 0.92], c: hump(0.08, 0.09), h: line(-55, 90) },
  },
  grey: {
    light: { l: [0.84, 0.3], c: () => 0.008, h: () => 80 },
    dark: { l: [0.4, 0.93], c: () => 0.008, h: () => 80 },
  },
};

const BELOW = 250;
const ABOVE = 50;

/** `n` colours at even steps from `span.min` to `span.max`. */
export function ramp(n: number, ground: Ground, { name = "auto", span }: { name?: RampName; span?: Span } = {}): Rgb[] {
  const hasBothSides = span !== undefined && span.min < 0 && span.max > 0;
  const isDiverging = name === "diverging" || (name === "auto" && hasBothSides);
  return Array.from({ length: n }, (_, step) => {
    const t = n === 1 ? 0 : step / (n - 1);
    return toRgb(isDiverging ? diverging(awayFromCentre(t, span), ground) : along(name, t, ground));
  });
}

function along(name: RampName, t: number, ground: Ground): Oklch {
  const { l, c, h } = PATHS[name === "auto" || name === "diverging" ? "sea" : name][ground];
  return { l: l[0] + (l[1] - l[0]) * t, c: c(t), h: h(t) };
}

/** Where `t` of the span lies from its centre, -1 … 1: 0 where both signs occur, else the middle. Equal amounts are equally far. */
function awayFromCentre(t: number, span: Span | undefined): number {
  if (!span || span.min >= 0 || span.max <= 0) return 2 * t - 1;
  return (span.min + (span.max - span.min) * t) / Math.max(-span.min, span.max);
}

/** Blue below, orange above: the pair that every eye tells apart. */
function diverging(u: number, ground: Ground): Oklch {
  const far = Math.min(1, Math.abs(u));
  const l = ground === "light" ? 0.84 - 0.4 * far : 0.42 + 0.42 * far;
  return { l, c: 0.01 + 0.14 * far, h: u < 0 ? BELOW : ABOVE };
}
