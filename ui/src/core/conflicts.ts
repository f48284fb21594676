/** Labels that contradict each other, row by row; and agreement in plain words. */

import type { Label } from "./row-labels";

/** A case of people contradicting each other, as it is read and settled. */
export interface Contradiction {
  rowId: number;
  side: Label["side"];
  /** `settled`: it settled what was said before; `counts`: it holds until somebody settles it. */
  said: { what: string; author: string; time: string; why: string; settled?: boolean; counts?: boolean }[];
  /** What it can be settled as. */
  choices: string[];
}

/** What people say of one row, or of one reply of it, and do not agree on. */
export interface Conflict<L extends Label> {
  rowId: number;
  set: string;
  side: Label["side"];
  labels: L[];
}

/** `labels`: as the server tells them, those of a row together. */
export function conflictsOf<L extends Label>(labels: readonly L[]): Conflict<L>[] {
  const found = new Map<string, Conflict<L>>();
  for (const label of labels) {
    const key = `${label.row_id}/${label.set}/${label.side ?? ""}`;
    const known = found.get(key);
    if (known) known.labels.push(label);
    else found.set(key, { rowId: label.row_id, set: label.set, side: label.side, labels: [label] });
  }
  return [...found.values()];
}

/** What a kappa or an alpha means; "" where it says nothing. Thresholds: K. Krippendorff (2004), Content Analysis. */
export function agreementWords(value: number | null): string {
  if (value === null) return "";
  if (value >= 0.8) return "reliable";
  if (value >= 0.667) return "enough for tentative conclusions";
  return value > 0.2 ? "weak: say more clearly what the labels mean" : "hardly better than chance";
}
