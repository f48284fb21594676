/** The audit of preference pairs, where the map's source knows it. */

import type { components } from "./api.generated";
import { type AskJson, sending } from "./asking";
import type { Job } from "./cleaning";

type Answers = components["schemas"];

export type Audit = Answers["AuditAnswer"];
export type FindingInShort = Answers["FindingInShort"];
export type Finding = Answers["FindingAnswer"];
export type Rate = Answers["RateAnswer"];
export type Share = Answers["ShareAnswer"];
export type Model = Answers["ModelAnswer"];
export type Effect = Answers["EffectAnswer"];
export type Outcome = Answers["OutcomeAnswer"];
export type Said = Answers["SaidAnswer"];
export type Status = Said["status"];
export type RowsToJudge = Answers["RowsToJudge"];
export type EffectAction = Answers["ToTry"]["action"];
type Rule = Answers["RecipeRule"];

export interface AuditSource {
  now(): Promise<Audit>;
  look(): Promise<Job>;
  finding(name: string, signal?: AbortSignal): Promise<Finding>;
  say(name: string, said: { status: Status; where: string; reason: string }): Promise<Finding>;
  respond(name: string, text: string): Promise<Finding>;
  sample(name: string, n: number): Promise<RowsToJudge>;
  /** Rules that drop what is to be dropped of a finding. */
  rules(name: string): Promise<Rule[]>;
  /** Measures what each pair does for the model. */
  influence(): Promise<Job>;
  effect(asked: { action: NonNullable<EffectAction>; where: string }): Promise<Job>;
}

export function serverAudit(ask: AskJson): AuditSource {
  const send = sending(ask);
  const of = (name: string, rest = "") => `findings/${encodeURIComponent(name)}${rest}`;
  return {
    now: () => ask("audit"),
    look: () => send("audit", {}),
    finding: (name, signal) => ask(of(name), signal ? { signal } : {}),
    say: (name, said) => send(of(name, "/status"), said),
    respond: (name, text) => send(of(name, "/responses"), { text }),
    sample: (name, n) => send(of(name, "/sample"), { n }),
    rules: (name) => ask(of(name, "/rules")),
    influence: () => send("influence", {}),
    effect: (asked) => send("effects", asked),
  };
}
