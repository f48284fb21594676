/**
 * Discs painted into an array of pixels, as a graphics card would draw them.
 *
 * Where there is none, the processor does a card's work: a microsecond for the smallest disc. This takes a tenth of one.
 */

import { HIDDEN } from "./filter";
import type { Rgb } from "./color";

/** Pixels, red first and alpha last in each, multiplied by alpha; row by row from the bottom. */
export interface Canvas {
  pixels: Int32Array;
  width: number;
  height: number;
}

/** How much of each pixel a disc covers, for middles at `STEPS` by `STEPS` places within a pixel. */
interface Stamp {
  /** Pixels on each side of the one that the middle lies in. */
  reach: number;
  /** 0 … 256 for each pixel, row by row, one place after the other. */
  cover: Uint16Array;
}

/** Colours by code, in the two halves that one multiplication treats at once: red and blue, green and alpha. */
export interface Paints {
  redBlue: Int32Array;
  greenAlpha: Int32Array;
}

/** Discs to paint. Places are in the unit square, which `scale` and `offset` put on the canvas, px. */
export interface Discs {
  /** So many of them from the first on. */
  n: number;
  xy: Float32Array;
  /** In which order: neighbours after each other, so that their pixels are at hand. */
  order: Uint32Array;
  scale: readonly [number, number];
  offset: readonly [number, number];
  /** Those with HIDDEN are not painted. */
  flags: Uint8Array | null;
  /** Which of the brush's colours a disc has; the last one tells what is missing. */
  paintOf: (place: number) => number;
  isLit: ((place: number) => boolean) | null;
}

export interface Brush {
  paints: Paints;
  plain: Ink;
  lit: Ink;
}

export interface Ink {
  stamp: Stamp;
  /** For what is missing. */
  hollow: Stamp;
}

/** A disc wider than `from` px that is hollow has full cover along its edge, and `inside` of its cover within. */
export const HOLLOW = { from: 3, edge: 1.8, inside: 0.25 } as const;

/** Middles are rounded to an eighth of a pixel. */
const STEPS = 8;

export function inkOf(diameter: number, opacity: number): Ink {
  return { stamp: stampOf(diameter, { opacity }), hollow: stampOf(diameter, { opacity, isHollow: true }) };
}

/** A disc with a soft edge of one pixel. */
function stampOf(diameter: number, { opacity, isHollow = false }: { opacity: number; isHollow?: boolean }): Stamp {
  const reach = Math.ceil(diameter / 2);
  const side = 2 * reach + 1;
  const cover = new Uint16Array(STEPS * STEPS * side * side);
  let at = 0;
  for (let v = 0; v < STEPS; v++) {
    for (let u = 0; u < STEPS; u++) {
      for (let row = 0; row < side; row++) {
        for (let column = 0; column < side; column++) {
          const x = column - reach + 0.5 - (u + 0.5) / STEPS;
          const y = row - reach + 0.5 - (v + 0.5) / STEPS;
          cover[at++] = Math.round(256 * opacity * coverAt(Math.hypot(x, y), diameter, isHollow));
        }
      }
    }
  }
  return { reach, cover };
}

function coverAt(distance: number, diameter: number, isHollow: boolean): number {
  const disc = clamp(diameter / 2 - distance + 0.5, 0, 1);
  if (!isHollow || diameter <= HOLLOW.from) return disc;
  return disc * clamp(distance - diameter / 2 + HOLLOW.edge, HOLLOW.inside, 1);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

export function paintsOf(colors: readonly Rgb[]): Paints {
  return {
    redBlue: Int32Array.from(colors, ([red, , blue]) => red | (blue << 16)),
    greenAlpha: Int32Array.from(colors, ([, green]) => green | (255 << 16)),
  };
}

/** Paints discs over what is there. */
export function paint({ pixels, width, height }: Canvas, discs: Discs, brush: Brush): void {
  const { n, xy, order, flags, paintOf, isLit } = discs;
  const { redBlue, greenAlpha } = brush.paints;
  const scaleX = discs.scale[0];
  const scaleY = discs.scale[1];
  const offsetX = discs.offset[0];
  const offsetY = discs.offset[1];
  const missing = redBlue.length - 1;
  for (let k = 0; k < order.length; k++) {
    const i = order[k]!;
    if (i >= n || (flags !== null && (flags[i]! & HIDDEN) !== 0)) continue;
    const x = xy[2 * i]! * scaleX + offsetX;
    const y = xy[2 * i + 1]! * scaleY + offsetY;
    const ink = isLit !== null && isLit(i) ? brush.lit : brush.plain;
    const code = paintOf(i);
    const { reach, cover } = code === missing ? ink.hollow : ink.stamp;
    if (!(x >= -reach && y >= -reach && x < width + reach && y < height + reach)) continue;
    const rb = redBlue[code]!;
    const ga = greenAlpha[code]!;
    const column = Math.floor(x);
    const row = Math.floor(y);
    const side = 2 * reach + 1;
    const place = (Math.floor((y - row) * STEPS) * STEPS + Math.floor((x - column) * STEPS)) * side * side;
    const left = Math.max(0, column - reach);
    const right = Math.min(width - 1, column + reach);
    const top = Math.min(height - 1, row + reach);
    for (let r = Math.max(0, row - reach); r <= top; r++) {
      const line = r * width;
      const shift = place + (r - row + reach) * side + reach - column;
      for (let c = left; c <= right; c++) {
        const alpha = cover[shift + c]!;
        if (alpha === 0) continue;
        const under = pixels[line + c]!;
        const rest = 256 - alpha;
        // Two channels in one multiplication, each in 16 bits of its own.
        const a = (Math.imul(rb, alpha) + Math.imul(under & 0xff00ff, rest) + 0x800080) >>> 8;
        const b = Math.imul(ga, alpha) + Math.imul((under >>> 8) & 0xff00ff, rest) + 0x800080;
        pixels[line + c] = (a & 0xff00ff) | (b & 0xff00ff00);
      }
    }
  }
}
