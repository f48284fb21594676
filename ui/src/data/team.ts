/** Who one is to the map's server, and what others did meanwhile. */

import type { components } from "./api.generated";
import type { AskJson } from "./edits";

type Answers = components["schemas"];

export type Me = Answers["Me"];
export type Role = Me["role"];
export type News = Answers["News"];
export type Changes = Answers["Changes"];

export interface TeamSource {
  me(): Promise<Me>;
  /** Goes by another name; "" for the one that one is logged in under. */
  rename(name: string): Promise<Me>;
  /** What was done after an event; without one nothing is told but where things stand. */
  changes(since: number | null): Promise<Changes>;
}

export function serverTeam(ask: AskJson): TeamSource {
  return {
    me: () => ask("me"),
    rename: (name) => ask("me", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name }) }),
    changes: (since) => ask(since === null ? "changes" : `changes?since=${since}`),
  };
}
