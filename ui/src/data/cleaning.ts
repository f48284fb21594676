/** Recipes, exports and scores, where the map's source keeps them. */

import type { components } from "./api.generated";
import { type AskJson, sending } from "./asking";

type Answers = components["schemas"];

export type RecipeForm = Answers["RecipeForm"];
export type RecipeRule = Answers["RecipeRule"];
export type DecidedNow = Answers["DecidedNow"];
export type CheckedRecipe = Answers["CheckedRecipe"];
export type RecipeProblem = Answers["RecipeProblem"];
export type Cleaned = Answers["CleanedAnswer"];
export type Exported = Answers["ExportedAnswer"];
export type Job = Answers["JobAnswer"];
export type Scorer = Answers["ScorerAnswer"];
export type ScoreNote = Answers["ScoreAnswer"];
export type ScoreCard = Answers["ScoreCard"];
export type ScorePlan = Answers["ScorePlanAnswer"];
export type RowScores = Answers["RowScores"];
export type PersonalSpan = Answers["PersonalSpan"];

export interface CleanSource {
  now(): Promise<DecidedNow>;
  /** All that stands decided, as one recipe. */
  text(): Promise<string>;
  check(recipe: RecipeForm | string): Promise<CheckedRecipe>;
  clean(recipe: RecipeForm, options: { isDryRun: boolean }): Promise<Job>;
  undo(events: number[]): Promise<unknown>;
  restore(options: { isUndo: boolean; reason?: string }): Promise<{ events: number[] }>;
  export(options: { path: string; isReplacing: boolean; source?: string }): Promise<Job>;
  download(format: string): Promise<Job>;
  /** Where a browser fetches a file of the last export; null: it cannot. */
  address(name: string): string | null;
  scorers(): Promise<Scorer[]>;
  scores(): Promise<ScoreNote[]>;
  plan(scorer: string): Promise<ScorePlan>;
  score(scorer: string): Promise<Job>;
  ofRow(rowId: number, signal?: AbortSignal): Promise<RowScores>;
  lastJob(): Promise<Job | null>;
  /** How far it is; answers at the latest after a second. */
  job(number: number): Promise<Job>;
  stop(number: number): Promise<Job>;
}

/** `addressOf`: where a browser finds a path of the API; null where there is none. */
export function serverCleaning(ask: AskJson, addressOf: (path: string) => string | null): CleanSource {
  const send = sending(ask);
  return {
    now: () => ask("recipe"),
    text: async () => (await ask<{ text: string }>("recipe/text")).text,
    check: (recipe) => send("recipe/check", typeof recipe === "string" ? { text: recipe } : { recipe }),
    clean: (recipe, { isDryRun }) => send("clean", { recipe, dry_run: isDryRun }),
    undo: (events) => send("clean/undo", { events }),
    restore: ({ isUndo, reason = "" }) => send("restore", { undo: isUndo, reason }),
    export: ({ path, isReplacing, source }) => send("export", { path, replace: isReplacing, source: source ?? null }),
    download: (format) => send("download", { format }),
    address: (name) => addressOf(`exports/${encodeURIComponent(name)}`),
    scorers: () => ask("scorers"),
    scores: () => ask("scores"),
    plan: (scorer) => ask(`score-plan?scorer=${encodeURIComponent(scorer)}`),
    score: (scorer) => send("scores", { scorer }),
    ofRow: (rowId, signal) => ask(`rows/${rowId}/scores`, signal ? { signal } : {}),
    lastJob: () => ask("jobs/last"),
    job: (number) => ask(`jobs/${number}?wait_s=1`),
    stop: (number) => send(`jobs/${number}/stop`, {}),
  };
}
