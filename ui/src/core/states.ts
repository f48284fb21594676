/** NO, UNKNOWN or YES for each row. SQL's three-valued logic on these is arithmetic, as in `core/sifting.py`. */

import { LAST_NUMBER_CODE } from "./legend";

export const [NO, UNKNOWN, YES] = [0, 1, 2];
const N_BINS = 32;
export type States = Uint8Array<ArrayBuffer>;

export function join(how: "and" | "or", parts: readonly States[]): States {
  const joined = parts[0]!.slice();
  for (const part of parts.slice(1)) {
    if (how === "and") for (let i = 0; i < joined.length; i++) joined[i] = Math.min(joined[i]!, part[i]!);
    else for (let i = 0; i < joined.length; i++) joined[i] = Math.max(joined[i]!, part[i]!);
  }
  return joined;
}

export function not(states: States): States {
  return states.map((state) => YES - state);
}

/** States of rows by their codes; the missing code is unknown, or `ofMissing`. */
export function byCode(codes: ArrayLike<number>, isYes: (code: number) => boolean, missing: { code: number; state: number }): States {
  const states = new Uint8Array(codes.length);
  const known = new Map<number, number>([[missing.code, missing.state]]);
  for (let i = 0; i < states.length; i++) {
    const code = codes[i]!;
    let state = known.get(code);
    if (state === undefined) known.set(code, (state = isYes(code) ? YES : NO));
    states[i] = state;
  }
  return states;
}

/** States of rows by their numbers; NaN is unknown. */
export function byNumber(values: ArrayLike<number>, isYes: (value: number) => boolean): States {
  const states = new Uint8Array(values.length);
  for (let i = 0; i < states.length; i++) states[i] = Number.isNaN(values[i]!) ? UNKNOWN : isYes(values[i]!) ? YES : NO;
  return states;
}

/** Which points, x then y of each row, lie in a polygon: the even-odd rule. */
export function inPolygon(xy: Float32Array, polygon: readonly (readonly [number, number])[]): States {
  const states = new Uint8Array(xy.length / 2);
  const [left, right] = [Math.min(...polygon.map(([x]) => x)), Math.max(...polygon.map(([x]) => x))];
  const [low, high] = [Math.min(...polygon.map(([, y]) => y)), Math.max(...polygon.map(([, y]) => y))];
  for (let i = 0; i < states.length; i++) {
    const [x, y] = [xy[2 * i]!, xy[2 * i + 1]!];
    if (x < left || x > right || y < low || y > high) continue;
    let isIn = false;
    for (let a = 0, b = polygon.length - 1; a < polygon.length; b = a++) {
      const [[xa, ya], [xb, yb]] = [polygon[a]!, polygon[b]!];
      if (ya > y !== yb > y && x < ((xb - xa) * (y - ya)) / (yb - ya) + xa) isIn = !isIn;
    }
    states[i] = isIn ? YES : NO;
  }
  return states;
}

/** A bit for each row, the lowest of a byte first; set where the state is YES. */
export function maskOf(states: States): Uint8Array {
  const mask = new Uint8Array(Math.ceil(states.length / 8));
  for (let i = 0; i < states.length; i++) if (states[i] === YES) mask[i >> 3]! |= 1 << (i & 7);
  return mask;
}

/** How many shown rows have each code, or lie in each bin of a number; the missing last. */
export function countValues(
  codes: ArrayLike<number>,
  shown: States | null,
  { missing, nCodes, isNumber }: { missing: number; nCodes: number; isNumber: boolean },
): number[] {
  const n = isNumber ? N_BINS : nCodes;
  const counts = new Array<number>(n + 1).fill(0);
  for (let i = 0; i < codes.length; i++) {
    if (shown && shown[i] !== YES) continue;
    const code = codes[i]!;
    const place = code === missing ? n : isNumber ? Math.min(Math.floor((code * N_BINS) / LAST_NUMBER_CODE), N_BINS - 1) : code;
    counts[place]!++;
  }
  return counts;
}
