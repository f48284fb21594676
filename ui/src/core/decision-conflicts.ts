/** What people decided otherwise than each other, as it is read, and what it can be settled as. */

import type { Contradiction } from "./conflicts";
import { DECIDED, type Decision, DOES, editWords } from "./recipe";

/** A decision that somebody made by hand. */
export interface MadeDecision {
  decision: string;
  edit: Record<string, unknown> | null;
  author: string;
  time: string;
  reason: string;
  event: number;
  /** It settled what others had decided before. */
  settles: boolean;
}

/** Rows on which the same decisions contradict each other; `decisions`: the last of them is what counts so far. */
export interface DecisionConflict<D extends MadeDecision = MadeDecision> {
  n_rows: number;
  /** The first of them. */
  row_ids: number[];
  decisions: D[];
}

/** What a contradiction is settled as. */
export interface DecisionChoice {
  decision: Decision;
  edit: Record<string, unknown> | null;
}

/** A contradiction on one of its rows, to be settled there or on all of them. */
export interface DecisionCase extends Contradiction {
  conflict: DecisionConflict;
  settledAs: DecisionChoice[];
}

const PLAIN: readonly Decision[] = ["keep", "drop", "flip", "review"];

/** "dropped"; "relabelled (lang = "en")". */
export function decidedWords({ decision, edit }: Pick<MadeDecision, "decision" | "edit">): string {
  return withEdit(DECIDED[decision as Decision] ?? decision, edit);
}

/** The case at the row of that place; the places go round. */
export function caseOf(conflict: DecisionConflict, place: number, hasSides: boolean): DecisionCase {
  const settledAs = choicesOf(conflict.decisions, hasSides);
  const last = conflict.decisions.at(-1)?.event;
  return {
    conflict,
    rowId: conflict.row_ids[place % conflict.row_ids.length]!,
    side: null,
    said: conflict.decisions.map((one) => ({ ...one, what: decidedWords(one), why: one.reason, counts: one.event === last, settled: one.settles })),
    settledAs,
    choices: settledAs.map(({ decision, edit }) => withEdit(decision[0]!.toUpperCase() + decision.slice(1), edit)),
  };
}

/** What people decided comes first, each once; then whatever else can be decided without new values. */
function choicesOf(decisions: readonly MadeDecision[], hasSides: boolean): DecisionChoice[] {
  const made = decisions.filter((one) => one.decision in DOES).map(({ decision, edit }) => ({ decision: decision as Decision, edit }));
  const others = PLAIN.filter((one) => one !== "flip" || hasSides).map((decision) => ({ decision, edit: null }));
  const byWords = new Map<string, DecisionChoice>();
  for (const one of [...made, ...others]) if (!byWords.has(decidedWords(one))) byWords.set(decidedWords(one), one);
  return [...byWords.values()];
}

function withEdit(words: string, edit: Record<string, unknown> | null): string {
  return edit ? `${words} (${editWords({ set: edit })})` : words;
}
