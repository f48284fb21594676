/** What the page says of a concept: its figures in words, rows above a cut, when it is worth teaching anew. */

import { count, counted, percent } from "./format";

/** A share with its 95 % interval; null: there is nothing to take a share of. */
export interface Share {
  value: number | null;
  low: number;
  high: number;
  n: number;
}

export interface CutFigures {
  cut: number;
  precision: Share;
  recall: Share;
}

/** .824 → ".82", 1 → "1.00". */
export function short(value: number): string {
  return value >= 1 ? "1.00" : value.toFixed(2).replace(/^0/, "");
}

/** .82 (.71–.90) */
export function shareText(share: Share): string {
  return share.value === null ? "unknown" : `${short(share.value)} (${short(share.low)}–${short(share.high)})`;
}

/** Precision .82 (.71–.90), recall .64 (.50–.76), from 40 labels */
export function figuresText(at: CutFigures, nLabels: number): string {
  return `Precision ${shareText(at.precision)}, recall ${shareText(at.recall)}, from ${counted(nLabels, "label")}`;
}

/** What the figures mean, for whoever does not know the words. */
export function plainFigures(at: CutFigures, what: string, noun: string): string {
  const { precision, recall } = at;
  const right =
    precision.value === null
      ? `None of the labelled ${noun}s reaches a chance of ${short(at.cut)}.`
      : `Of 100 ${noun}s at ${short(at.cut)} or above, about ${Math.round(100 * precision.value)} should be “${what}” (likely ${range(precision)}).`;
  if (recall.value === null) return right;
  return `${right} They should hold ${percent(recall.value)} of all that are (likely ${range(recall)} of 100).`;
}

function range({ low, high }: Share): string {
  return `${Math.round(100 * low)} to ${Math.round(100 * high)}`;
}

/** Rows whose chance is `cut` or more, `cut` being an edge of a bin: exact. */
export function rowsAbove(histogram: readonly number[], cut: number): number {
  return histogram.slice(Math.round(cut * histogram.length)).reduce((sum, rows) => sum + rows, 0);
}

/** The figures at a cut. */
export function atCut(curve: readonly CutFigures[], cut: number): CutFigures | null {
  return curve.find((one) => Math.abs(one.cut - cut) < 1e-6) ?? null;
}

/** `concept_rude >= 0.8` */
export function whereAbove(column: string, cut: number): string {
  return `${column} >= ${cut}`;
}

/** A label as a name for a concept: letters, digits and _. */
export function conceptName(value: string): string {
  const name = value
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 60);
  return name === "" ? "concept" : name;
}

/** Heights in [0, 1] of a small histogram; the root of the share, so that a few rows beside thousands still show. */
export function heights(histogram: readonly number[]): number[] {
  const most = Math.max(1, ...histogram);
  return histogram.map((rows) => (rows === 0 ? 0 : Math.max(0.06, Math.sqrt(rows / most))));
}

/** "1,204 of 6,436 texts are at .80 or above." */
export function aboveText(histogram: readonly number[], cut: number, noun: string): string {
  const above = rowsAbove(histogram, cut);
  const all = histogram.reduce((sum, rows) => sum + rows, 0);
  return `${count(above)} of ${counted(all, noun)} ${above === 1 ? "is" : "are"} at ${short(cut)} or above.`;
}
