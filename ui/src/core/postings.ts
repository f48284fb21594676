/** Lists of the rows that hold a token: `core/postings.py` writes them and tells their form. */

import type { Term } from "./words";

/** Rows that hold a token, ascending, and how much it weighs in each, in [0, 1]. */
export interface Posting {
  rows: Uint32Array;
  weights: Float32Array;
}

const WEIGHTS = 255;

export function readPosting(bytes: Uint8Array, nRows: number): Posting {
  const rows = new Uint32Array(nRows);
  let [at, row] = [0, 0];
  for (let i = 0; i < nRows; i++) {
    let [shift, byte] = [1, 0];
    do {
      byte = bytes[at++]!;
      row += (byte & 127) * shift;
      shift *= 128;
    } while (byte > 127);
    rows[i] = row;
  }
  return { rows, weights: Float32Array.from(bytes.subarray(at, at + nRows), (weight) => weight / WEIGHTS) };
}

/** Places of a token in each of its rows. */
export function readSpots(bytes: Uint8Array, nRows: number): Uint32Array[] {
  let at = 0;
  const varint = () => {
    let [value, shift, byte] = [0, 1, 0];
    do {
      byte = bytes[at++]!;
      value += (byte & 127) * shift;
      shift *= 128;
    } while (byte > 127);
    return value;
  };
  return Array.from({ length: nRows }, () => {
    const spots = new Uint32Array(varint());
    let place = 0;
    for (let i = 0; i < spots.length; i++) spots[i] = place += varint();
    return spots;
  });
}

/** How much a token tells, by how many of all rows hold it: BM25's. */
export function rarity(nRows: number, nAll: number): number {
  return Math.log(1 + (nAll - nRows + 0.5) / (nRows + 0.5));
}

/** Rows that hold a term of several tokens side by side: ascending. */
export function phraseRows(term: Term, posting: (token: string) => Posting, spots: (token: string) => Uint32Array[]): Uint32Array {
  const tokens = [...new Set(term)];
  const lists = new Map(tokens.map((token) => [token, { rows: posting(token).rows, spots: spots(token), at: 0 }]));
  const rarest = tokens.map((token) => lists.get(token)!).sort((a, b) => a.rows.length - b.rows.length)[0]!;
  return rarest.rows.filter((row) => {
    const places = term.map((token) => {
      const list = lists.get(token)!;
      while (list.at < list.rows.length && list.rows[list.at]! < row) list.at++;
      return list.rows[list.at] === row ? list.spots[list.at]! : null;
    });
    return places.every((spot) => spot !== null) && standTogether(places);
  });
}

function standTogether(places: readonly Uint32Array[]): boolean {
  const rest = places.slice(1).map((spots) => new Set(spots));
  return places[0]!.some((place) => rest.every((spots, i) => spots.has(place + i + 1)));
}

/** Ranked rows: those with every list first, the best before; with `isStrict`, no others. */
export function rank(lists: readonly (Posting & { rarity: number })[], isStrict: boolean): { row: number; score: number }[] {
  const found = new Map<number, { n: number; score: number }>();
  for (const { rows, weights, rarity: factor } of lists) {
    rows.forEach((row, i) => {
      const before = found.get(row);
      const score = weights[i]! * factor;
      if (before) {
        before.n++;
        before.score += score;
      } else found.set(row, { n: 1, score });
    });
  }
  return [...found]
    .filter(([, { n }]) => !isStrict || n === lists.length)
    .sort(([rowA, a], [rowB, b]) => Number(b.n === lists.length) - Number(a.n === lists.length) || b.score - a.score || rowA - rowB)
    .map(([row, { score }]) => ({ row, score }));
}

/** As zlib's: which part of the dictionary holds a token. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
