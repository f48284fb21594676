/** What people do to a map, where its source keeps it. */

import type { components } from "./api.generated";
import { type AskJson, sending } from "./asking";
import { type LabelSource, serverLabels } from "./labels";

type Answers = components["schemas"];

export type ClusterPage = Answers["ClusterPage"];
export type ColumnBreakdown = Answers["ColumnBreakdown"];
export type JournalEvent = Answers["JournalEvent"];
export type SavedView = Answers["View"];
export type Done = Answers["Done"];

export interface ClusterEdit {
  action: "rename" | "merge" | "split" | "pin" | "unpin" | "note";
  /** For a merge the first takes in the others. */
  clusters: { layer: number; cluster_id: number }[];
  name?: string;
  note?: string;
  where?: string;
  rows?: number[];
  reason?: string;
}

export interface EditSource {
  page(layer: number, clusterId: number, signal?: AbortSignal): Promise<ClusterPage>;
  edit(edit: ClusterEdit): Promise<Done>;
  /** Undoes an event; without one the last that stands. */
  undo(event?: number): Promise<Done>;
  history(): Promise<JournalEvent[]>;
  views(): Promise<SavedView[]>;
  saveView(view: { name: string; link: string; where: string }): Promise<SavedView>;
  renameView(name: string, to: string): Promise<SavedView>;
  deleteView(name: string): Promise<SavedView[]>;
  readonly labels: LabelSource;
}

export function serverEdits(ask: AskJson): EditSource {
  const send = sending(ask);
  return {
    page: (layer, clusterId, signal) => ask(`clusters/${layer}/${clusterId}`, signal ? { signal } : {}),
    edit: (edit) => send("clusters/edit", edit),
    undo: (event) => send("undo", event === undefined ? {} : { event }),
    history: () => ask("history"),
    views: () => ask("views"),
    saveView: (view) => send("views", view),
    renameView: (name, to) => send("views", { name: to, renamed_from: name }),
    deleteView: (name) => ask(`views?name=${encodeURIComponent(name)}`, { method: "DELETE" }),
    labels: serverLabels(ask),
  };
}
