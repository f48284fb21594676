/** Who one is to the map's server, and what others did meanwhile. */

import type { components } from "./api.generated";
import { type AskJson, sending } from "./asking";
import type { DecisionChoice } from "../core/decision-conflicts";
import type { Done } from "./edits";
import type { RowLabel } from "./labels";

type Answers = components["schemas"];

export type Me = Answers["Me"];
export type Role = Me["role"];
export type News = Answers["News"];
export type Changes = Answers["Changes"];

export type DecisionConflicts = Answers["DecisionConflicts"];
export type Agreement = Answers["AgreementAnswer"];

/** A label that settles a row, with why. */
export interface Settlement {
  set: string;
  value: string;
  rows: number[];
  side: RowLabel["side"];
  reason: string;
}

/** A decision that settles what these events contradict each other on; `rows` null: on all of their rows. */
export interface DecisionSettlement extends DecisionChoice {
  between: number[];
  rows: number[] | null;
  reason: string;
}

export interface ConflictSource {
  /** Labels of a set that contradict each other and that nobody settled, those of a row together. */
  conflicts(set: string): Promise<RowLabel[]>;
  agreement(set: string): Promise<Agreement>;
  settle(settlement: Settlement): Promise<Done>;
  /** Rows of which people decided one thing and another, and nobody settled it. */
  decisionConflicts(): Promise<DecisionConflicts>;
  settleDecision(settlement: DecisionSettlement): Promise<Done>;
  /** Takes back what was settled by that event. */
  undo(event: number): Promise<Done>;
}

export interface TeamSource extends ConflictSource {
  me(): Promise<Me>;
  /** Goes by another name; "" for the one that one is logged in under. */
  rename(name: string): Promise<Me>;
  /** What was done after an event; without one nothing is told but where things stand. */
  changes(since: number | null): Promise<Changes>;
}

/** Labels or decisions, not rows: more than anyone settles at a sitting. */
const MOST_CONFLICTS = 1000;

export function serverTeam(ask: AskJson): TeamSource {
  const send = sending(ask);
  return {
    me: () => ask("me"),
    rename: (name) => send("me", { name }),
    conflicts: async (set) =>
      (await ask<Answers["LabelsAnswer"]>(`labels?conflicts=true&limit=${MOST_CONFLICTS}&set=${encodeURIComponent(set)}`)).labels,
    agreement: (set) => ask(`label-agreement?set=${encodeURIComponent(set)}`),
    settle: (settlement) => send("labels", { ...settlement, settles: true }),
    decisionConflicts: () => ask(`decision-conflicts?limit=${MOST_CONFLICTS}`),
    settleDecision: (settlement) => send("decisions", settlement),
    undo: (event) => send("undo", { event }),
    changes: (since) => ask(since === null ? "changes" : `changes?since=${since}`),
  };
}
