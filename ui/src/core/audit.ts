/** Words and numbers of the audit. */

import { count } from "./format";

/** A share with its interval; null where there is nothing to take it of. */
export interface Share {
  value: number | null;
  low: number;
  high: number;
}

/** How often a finding is among the rows of one value, beside all others. */
export interface Rate {
  value: string;
  rate: number | null;
  low: number | null;
  high: number | null;
  expected: number | null;
  excess: number | null;
  p: number;
}

/** A share as "0.82 %": small ones matter here. */
export function rate(share: number | null): string {
  if (share === null) return "–";
  const percent = 100 * share;
  if (percent === 0) return "0 %";
  if (percent < 0.005) return "< 0.01 %";
  return `${percent < 10 ? percent.toFixed(2) : percent.toFixed(1)} %`;
}

/** "0.82 % (0.63 to 1.08 %)" */
export function rateWithin({ value, low, high }: Share): string {
  return value === null ? "–" : `${rate(value)} (${rate(low).replace(" %", "")} to ${rate(high)})`;
}

const STATUS: Record<string, string> = {
  open: "open",
  intended: "intended",
  "to-drop": "to drop",
  dropped: "dropped",
  mixed: "in part",
};

/** How a status is said. Of a mixed one: what is said of which part. */
export function statusWords(status: string, counts: Readonly<Record<string, number>> = {}): string {
  if (status !== "mixed") return STATUS[status] ?? status;
  return Object.entries(counts)
    .map(([one, n]) => `${count(n)} ${STATUS[one] ?? one}`)
    .join(", ");
}

/** Findings that say of a pair what it is, and not that anything is wrong with it. */
export const NO_DEFECT: ReadonlySet<string> = new Set(["near-tie", "recovery"]);

/** Titles of findings where a row is a ranking, whose best reply stands as the chosen and whose worst as the rejected one. */
const OF_RANKINGS: Readonly<Record<string, string>> = {
  "chosen-worse": "The best reply is more harmful than the worst",
  contradictory: "A nearly equal ranking has the opposite order",
  "doubly-egregious": "The best and the worst reply are harmful",
  duplicate: "The ranking is there more than once",
  "harmful-chosen": "The best reply is harmful",
  identical: "The best and the worst reply are the same",
  leakage: "The ranking is in another split too",
  "likely-flipped": "The ranking is likely the wrong way round",
  "near-identical": "The best and the worst reply hardly differ",
  "near-tie": "No reply is clearly better",
  "over-refusal": "A refusal ranks above a harmless answer",
  "prompt-mismatch": "The replies answer different prompts",
  recovery: "The best reply turns back from harm",
  "surface-shortcut": "Looks alone tell how replies rank",
};

/** What a finding is called; `noun`: what a row is. */
export function titleOf({ name, title }: { name: string; title: string }, noun: string): string {
  return noun === "ranking" ? (OF_RANKINGS[name] ?? title) : title;
}

/** Findings in the order one reads them: with rows, the most first, what is no defect after them; then those with none; then those not looked for. */
export function inOrder<F extends { name: string; count: number; is_looked_for: boolean }>(findings: readonly F[]): F[] {
  const place = (one: F) => (one.count > 0 ? (NO_DEFECT.has(one.name) ? 1 : 0) : one.is_looked_for ? 2 : 3);
  return [...findings].sort((a, b) => place(a) - place(b) || b.count - a.count || (a.name < b.name ? -1 : 1));
}

/** Rows of a value as a filter expression, whatever the column's kind. */
export function valueIs(column: string, value: string): string {
  return `CAST("${column.replaceAll('"', '""')}" AS VARCHAR) = '${value.replaceAll("'", "''")}'`;
}

/** Whether a rate is told from that of all others. */
export function isTold(one: Rate): boolean {
  return one.p < 0.05 && one.expected !== null;
}

/** "3.1 times as often as elsewhere", "less often than elsewhere (0.1 % beside 1.0 %)". */
export function besideOthers(one: Rate): string {
  if (one.rate === null || one.expected === null) return "";
  if (!isTold(one)) return "not told from the rest";
  if (one.excess !== null && one.excess < 0) return `less often than elsewhere (${rate(one.expected)})`;
  if (one.expected === 0) return "nowhere else";
  const times = one.rate / one.expected;
  return `${times >= 10 ? Math.round(times) : times.toFixed(1)} times as often as elsewhere (${rate(one.expected)})`;
}

/** How far a bar chart of rates reaches: a round number that holds every interval that matters. */
export function reach(rates: readonly Rate[]): number {
  const most = Math.max(...rates.map((one) => Math.min(one.high ?? 0, 3 * (one.rate ?? 0) + 0.01)), 0.001);
  const step = 10 ** Math.floor(Math.log10(most));
  return Math.min(1, Math.ceil(most / step) * step);
}

const DIGITS = 6;

/** A number in few digits that is not below it: "at most" that many still holds it. */
export function notBelow(value: number): number {
  if (value === 0) return 0;
  const scale = 10 ** (DIGITS - 1 - Math.floor(Math.log10(Math.abs(value))));
  return Number((Math.ceil(value * scale) / scale).toPrecision(DIGITS));
}
