/** Labels and decisions of rows, where the source keeps them. */

import type { Conflict } from "../core/conflicts";
import type { components } from "./api.generated";
import { type AskJson, sending } from "./asking";
import type { Done, JournalEvent } from "./edits";

type Answers = components["schemas"];

export type LabelSet = Answers["LabelSetCounts"];
export type RowLabel = Answers["RowLabel"];
export type RowConflict = Conflict<RowLabel>;
export type RowDecision = Answers["RowDecision"];
export type LabelsAnswer = Answers["LabelsAnswer"];
export type Side = "chosen" | "rejected";
export type Decision = "keep" | "drop" | "flip" | "review";

/** Which rows are meant: one of the two. */
export type RowChoice = { rows: number[] } | { where: string };

/** A label to give, or to take away. */
export type LabelAct = RowChoice & {
  action?: "add" | "remove";
  set: string;
  /** To take away: any, where missing. */
  value?: string;
  side?: Side | null;
  /** In code points. */
  span?: [number, number] | null;
  note?: string;
  reason?: string;
};

export type DecisionAct = RowChoice & { decision: Decision; reason?: string };

export interface LabelSetToDefine {
  name: string;
  description: string;
  values: { value: string; color: string; key: string }[];
  is_multiple: boolean;
}

export interface LabelSource {
  /** Sets with counts; labels and decisions of these rows. */
  read(rowIds: readonly number[], signal?: AbortSignal): Promise<LabelsAnswer>;
  /** With an id an act that is sent again is done once; so are decisions and undoing. */
  give(act: LabelAct, id?: string): Promise<Done>;
  define(set: LabelSetToDefine): Promise<Done>;
  decide(act: DecisionAct, id?: string): Promise<Done>;
  undo(event: number, id?: string): Promise<Done>;
  /** Rows that one other person has labelled and oneself has not, in the order to label them; at most `limit` of `total`. */
  second(set: string, asked: { side: Side | null; where: string | null; limit: number }): Promise<Answers["LabelQueue"]>;
  /** What was said and decided of a row, the last first. */
  history(rowId: number, signal?: AbortSignal): Promise<JournalEvent[]>;
}

const MOST_LABELS = 10_000;

export function serverLabels(ask: AskJson): LabelSource {
  const send = sending(ask);
  const asked = (signal?: AbortSignal) => (signal ? { signal } : {});
  return {
    read: (rowIds, signal) => ask(rowIds.length > 0 ? `labels?ids=${rowIds.join(",")}&limit=${MOST_LABELS}` : "labels?limit=0", asked(signal)),
    give: (act, id) => send("labels", { ...act, request_id: id }),
    define: (set) => send("label-sets", set),
    decide: (act, id) => send("decisions", { ...act, request_id: id }),
    undo: (event, id) => send("undo", { event, request_id: id }),
    second: (set, { side, where, limit }) =>
      ask(`label-queue?${new URLSearchParams({ set, begun: "true", limit: String(limit), ...(side && { side }), ...(where && { where }) })}`),
    history: async (rowId, signal) => (await ask<Answers["RowHistory"]>(`rows/${rowId}/history`, asked(signal))).events,
  };
}
