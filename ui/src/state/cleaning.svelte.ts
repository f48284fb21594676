/** From looking to a better dataset: what is decided, the recipe in the making, what it would do, exports. */

import { type Rule, moved, sameRecipe } from "../core/recipe";
import type { CheckedRecipe, CleanSource, Cleaned, DecidedNow, Exported, RecipeForm } from "../data/cleaning";
import { isUnanswered, problemOf } from "../data/server";
import type { MapSource } from "../data/source";
import type { Problem } from "../data/types";
import { type JobState, resultOf } from "./jobs.svelte";

export const EMPTY_RECIPE: RecipeForm = { name: "recipe", description: "", comment: "", rules: [], decisions: [] };
const ALL_ROWS = "";

/** Which dialog of the Clean tab is open. */
export type CleanDialog = "diff" | "text" | "export" | "restore" | null;

/** What was done last: it can be taken back in place. */
export interface LastStep {
  told: string;
  events: readonly number[];
}

export class CleanState {
  now = $state.raw<DecidedNow | null>(null);
  draft = $state.raw<RecipeForm>(EMPTY_RECIPE);
  /** What is wrong with the draft, as the map sees it. */
  check = $state.raw<CheckedRecipe | null>(null);
  /** Rows that meet each expression; a text where it cannot be asked. */
  counts = $state.raw<ReadonlyMap<string, number | string>>(new Map());
  /** What the draft would do; null: it was changed since one looked. */
  told = $state.raw<Cleaned | null>(null);
  exported = $state.raw<Exported | null>(null);
  last = $state.raw<LastStep | null>(null);
  dialog = $state<CleanDialog>(null);
  isBusy = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** The map's version that counts were asked of. */
  #version = "";

  /** `changed`: decisions are others now. */
  constructor(
    private readonly source: CleanSource | null,
    private readonly map: MapSource,
    readonly jobs: JobState,
    private readonly changed: () => Promise<void>,
  ) {}

  get isThere(): boolean {
    return this.source !== null;
  }

  /** The recipe of the draft's name as it was applied; null: it never was. */
  readonly applied = $derived(this.now?.recipes.find(({ recipe }) => recipe.name === this.draft.name) ?? null);
  readonly isChanged: boolean = $derived(!sameRecipe(this.draft, this.applied?.recipe ?? { ...EMPTY_RECIPE, name: this.draft.name }));
  readonly nDecided: number = $derived(Object.values(this.now?.decided ?? {}).reduce((sum, n) => sum + n, 0));

  /** Takes what stands. The draft follows what was applied, unless somebody is changing it here. */
  async look(version: string, kept: RecipeForm | null = null): Promise<void> {
    if (!this.source) return;
    const isFirst = this.now === null;
    const wasChanged = this.isChanged;
    try {
      this.now = await this.source.now();
    } catch (error) {
      this.problem = problemOf(error);
      return;
    }
    // What somebody put into the recipe before this came stays.
    if (isFirst && wasChanged) this.told = null;
    else if (isFirst && kept) this.draft = kept;
    else if (isFirst) this.open(this.now.recipes.at(-1)?.recipe.name ?? this.draft.name);
    else if (!wasChanged && this.applied) this.open(this.draft.name);
    if (version !== this.#version) this.counts = new Map();
    this.#version = version;
    await this.#afterChange();
  }

  /** Asks again for what was not answered. */
  again(): Promise<void> {
    this.problem = null;
    return this.look(this.#version);
  }

  /** Takes up the recipe of that name, as it was applied. */
  open(name: string): void {
    this.draft = this.now?.recipes.find(({ recipe }) => recipe.name === name)?.recipe ?? { ...EMPTY_RECIPE, name };
    this.told = null;
  }

  /** Goes back to what was applied. */
  async discard(): Promise<void> {
    this.open(this.draft.name);
    await this.#afterChange();
  }

  // Rules.

  change(draft: Partial<RecipeForm>): Promise<void> {
    this.draft = { ...this.draft, ...draft };
    this.told = null;
    return this.#afterChange();
  }

  /** Puts a rule in the place of another, or at the end. */
  setRule(place: number | null, rule: Rule): Promise<void> {
    const rules = this.draft.rules ?? [];
    const written = { ...rule, edit: { ...rule.edit } };
    return this.change({ rules: place === null ? [...rules, written] : rules.map((one, at) => (at === place ? written : one)) });
  }

  removeRule(place: number): Promise<void> {
    return this.change({ rules: (this.draft.rules ?? []).filter((_, at) => at !== place) });
  }

  moveRule(from: number, to: number): Promise<void> {
    return this.change({ rules: moved(this.draft.rules ?? [], from, to) });
  }

  /** Takes a recipe written as text; what is wrong with it, where it is none. */
  async read(text: string): Promise<CheckedRecipe | null> {
    const found = await this.#trying(async (source) => source.check(text));
    if (found?.recipe && !found.problem) await this.change(found.recipe);
    return found;
  }

  /** The draft as text; with what was decided by hand where it is what stands. */
  async text(): Promise<string> {
    if (!this.source) return "";
    return (await this.source.check(this.draft)).text;
  }

  /** All that stands decided, by hand too. */
  whole(): Promise<string> {
    return this.source ? this.source.text() : Promise.resolve("");
  }

  /** Rows that meet an expression, or what is wrong with it. */
  async countOf(where: string): Promise<number | string> {
    const known = this.counts.get(where);
    if (known !== undefined) return known;
    if (where.trim() === ALL_ROWS) return "No rows are named.";
    try {
      const { nShown } = await this.map.filter({ clauses: [{ key: "rule", where }], join: "and", facets: [], codes: [] });
      return this.#count(where, nShown);
    } catch (error) {
      const problem = problemOf(error);
      // Nobody answered: that says nothing of the expression.
      return isUnanswered(problem) ? problem.problem : this.#count(where, problem.problem);
    }
  }

  #count(where: string, found: number | string): number | string {
    this.counts = new Map([...this.counts, [where, found]]);
    return found;
  }

  async #afterChange(): Promise<void> {
    if (!this.source) return;
    const { draft } = this;
    const check = await this.#trying((source) => source.check(draft));
    if (this.draft !== draft) return;
    this.check = check;
    for (const { where } of draft.rules ?? []) await this.countOf(where);
  }

  // Doing it.

  /** What the draft would do. */
  async dryRun(): Promise<void> {
    const { draft } = this;
    const job = await this.#working((source) => source.clean(draft, { isDryRun: true }));
    if (job?.cleaned) [this.told, this.dialog] = [job.cleaned, "diff"];
  }

  async apply(): Promise<void> {
    const { draft } = this;
    const job = await this.#working((source) => source.clean(draft, { isDryRun: false }));
    if (!job?.cleaned) return;
    this.dialog = null;
    await this.#afterStep(job.cleaned.step.length > 0 ? { told: "The recipe was applied.", events: job.cleaned.step } : null);
    // As it stands now: values in the types of their columns.
    if (this.applied) this.open(draft.name);
  }

  /** Takes back what was done last here. */
  async undoLast(): Promise<void> {
    const { last } = this;
    if (!last) return;
    const isDone = await this.#trying(async (source) => (await source.undo([...last.events]), true));
    if (isDone) await this.#afterStep(null);
  }

  async restore({ isUndo, reason }: { isUndo: boolean; reason?: string }): Promise<void> {
    const done = await this.#trying((source) => source.restore({ isUndo, ...(reason ? { reason } : {}) }));
    if (!done) return;
    this.dialog = null;
    await this.#afterStep(isUndo || done.events.length === 0 ? null : { told: "Every decision was taken back.", events: done.events });
  }

  async #afterStep(last: LastStep | null): Promise<void> {
    this.last = last;
    this.told = null;
    await this.changed();
    // A step that is undone leaves its recipe here, to be changed and applied again.
    const { draft } = this;
    await this.look(this.#version);
    this.draft = draft;
  }

  async export(options: { path: string; isReplacing: boolean; source?: string }): Promise<void> {
    this.exported = null;
    const job = await this.#working((source) => source.export(options));
    this.exported = job?.exported ?? null;
  }

  /** Makes a file for the browser; its name, where it was made. */
  async download(format: string): Promise<string | null> {
    this.exported = null;
    const job = await this.#working((source) => source.download(format));
    this.exported = job?.exported ?? null;
    return this.exported?.files.find(({ sha256 }) => sha256 !== null)?.name ?? null;
  }

  address(name: string): string | null {
    return this.source?.address(name) ?? null;
  }

  async #working(begin: (source: CleanSource) => ReturnType<CleanSource["clean"]>) {
    const { source } = this;
    if (!source || this.isBusy) return null;
    this.isBusy = true;
    this.problem = null;
    const { job, problem } = await resultOf(this.jobs.run(() => begin(source)));
    this.problem = problem;
    this.isBusy = false;
    return job;
  }

  async #trying<T>(work: (source: CleanSource) => Promise<T>): Promise<T | null> {
    if (!this.source) return null;
    this.problem = null;
    try {
      return await work(this.source);
    } catch (error) {
      this.problem = problemOf(error);
      return null;
    }
  }
}
