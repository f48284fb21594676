/** Scorers: which there are, what each left and how good it is, running one. */

import type { CleanSource, RowScores, ScoreNote, ScorePlan, Scorer } from "../data/cleaning";
import { isAbort, problemOf } from "../data/server";
import type { Problem } from "../data/types";
import { type JobState, resultOf } from "./jobs.svelte";

export class ScoreState {
  /** The dialog is open; `at`: the scorer whose card was asked for. */
  open = $state.raw<{ at: string | null } | null>(null);
  scorers = $state.raw<Scorer[] | null>(null);
  notes = $state.raw<ScoreNote[]>([]);
  plan = $state.raw<ScorePlan | null>(null);
  isPlanning = $state(false);
  isBusy = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** What was scored just now. */
  done = $state.raw<ScoreNote | null>(null);
  /** What scorers say of the open row. */
  row = $state.raw<{ rowId: number; scores: RowScores } | null>(null);
  #rowAbort = new AbortController();

  /** `changed`: there are other columns now. */
  constructor(
    private readonly source: CleanSource | null,
    readonly jobs: JobState,
    private readonly changed: () => Promise<void>,
  ) {}

  get isThere(): boolean {
    return this.source !== null;
  }

  /** By column: the scorer that left it. */
  readonly scorerOf: ReadonlyMap<string, string> = $derived(new Map(this.notes.flatMap(({ name, columns }) => columns.map((column) => [column.name, name] as const))));

  show(at: string | null = null): void {
    this.problem = this.done = this.plan = null;
    this.open = { at };
    void this.load();
  }

  async load(): Promise<void> {
    await this.#trying(async (source) => {
      [this.scorers, this.notes] = await Promise.all([source.scorers(), source.scores()]);
    });
  }

  /** Takes what scorers have left by now. */
  async look(): Promise<void> {
    await this.#trying(async (source) => void (this.notes = await source.scores()));
  }

  /** What running one would read and cost. */
  async ask(scorer: string): Promise<void> {
    this.plan = null;
    this.isPlanning = true;
    await this.#trying(async (source) => void (this.plan = await source.plan(scorer)));
    this.isPlanning = false;
  }

  async run(scorer: string): Promise<void> {
    const { source } = this;
    if (!source || this.isBusy) return;
    this.isBusy = true;
    this.problem = this.done = this.plan = null;
    const { job, problem } = await resultOf(this.jobs.run(() => source.score(scorer)));
    this.problem = problem;
    if (job?.scored) {
      await this.changed();
      await this.look();
      this.done = job.scored;
    }
    this.isBusy = false;
  }

  /** What scorers say of a row; null: no row is open. */
  async readRow(rowId: number | null): Promise<void> {
    this.#rowAbort.abort();
    if (this.row?.rowId !== rowId) this.row = null;
    if (rowId === null || !this.source || this.notes.length === 0) return;
    const { signal } = (this.#rowAbort = new AbortController());
    try {
      const scores = await this.source.ofRow(rowId, signal);
      if (!signal.aborted) this.row = { rowId, scores };
    } catch (error) {
      // The row can be read without them.
      if (!isAbort(error) && !signal.aborted) this.row = null;
    }
  }

  async #trying(work: (source: CleanSource) => Promise<void>): Promise<void> {
    if (!this.source) return;
    try {
      await work(this.source);
    } catch (error) {
      this.problem = problemOf(error);
    }
  }
}
