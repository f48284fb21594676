/** The audit of the map's pairs: findings, the one that is open, what is said of it, experiments. */

import type { Audit, AuditSource, Effect, EffectAction, Finding, FindingInShort, RowsToJudge, Status } from "../data/audit";
import type { Job } from "../data/cleaning";
import { isAbort, problemOf } from "../data/server";
import type { Problem } from "../data/types";
import { Doing } from "./doing.svelte";
import { type JobState, problemIn, resultOf } from "./jobs.svelte";

/** The finding that the page tells of; `whole`: once it has come. */
export interface OpenFinding {
  name: string;
  whole: Finding | null;
  problem: Problem | null;
}

export class Auditing extends Doing<AuditSource> {
  /** Null until it was asked for. */
  audit = $state.raw<Audit | null>(null);
  open = $state.raw<OpenFinding | null>(null);
  /** The experiment's form is open, for these rows. */
  trying = $state.raw<{ action: NonNullable<EffectAction>; where: string } | null>(null);
  /** What the experiment gave that was asked for last. */
  effect = $state.raw<Effect | null>(null);
  #abort = new AbortController();

  /** `changed`: there are other columns now. */
  constructor(
    source: AuditSource | null,
    readonly jobs: JobState,
    private readonly changed: () => Promise<void>,
  ) {
    super(source);
  }

  async look(): Promise<void> {
    if (!this.source) return;
    try {
      this.audit = await this.source.now();
      this.problem = null;
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  /** Takes what came of work that was not begun here. */
  async take(job: Job): Promise<void> {
    await this.look();
    const problem = problemIn(job);
    if (problem) this.failed(problem);
  }

  /** Looks for all findings. */
  async run(): Promise<void> {
    await this.doing(async (source) => {
      const { job, problem } = await resultOf(this.jobs.run(() => source.look()));
      if (problem) this.failed(problem);
      if (!job?.audited) return;
      this.audit = job.audited;
      await this.changed();
      if (this.open) await this.show(this.open.name);
    });
  }

  short(name: string): FindingInShort | null {
    return this.audit?.findings.find((one) => one.name === name) ?? null;
  }

  async show(name: string): Promise<void> {
    if (!this.source) return;
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    const before = this.open?.name === name ? this.open.whole : null;
    this.open = { name, whole: before, problem: null };
    try {
      const whole = await this.source.finding(name, signal);
      if (!signal.aborted) this.open = { name, whole, problem: null };
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) this.open = { name, whole: before, problem: problemOf(error) };
    }
  }

  close(): void {
    this.#abort.abort();
    this.open = null;
  }

  /** Says what is to become of a finding's rows. */
  say(name: string, said: { status: Status; where: string; reason: string }): Promise<boolean> {
    return this.doing(async (source) => this.#take(await source.say(name, said)));
  }

  respond(name: string, text: string): Promise<boolean> {
    return this.doing(async (source) => this.#take(await source.respond(name, text)));
  }

  /** Rows to judge without knowing which are in it; null: it failed, and `problem` says why. */
  async sample(name: string, n: number): Promise<RowsToJudge | null> {
    let found: RowsToJudge | null = null;
    await this.doing(async (source) => void (found = await source.sample(name, n)));
    return found;
  }

  /** Rules that drop what is to be dropped of a finding. */
  async rules(name: string): Promise<{ decision: string; where: string; reason?: string }[]> {
    try {
      return (await this.source?.rules(name)) ?? [];
    } catch (error) {
      this.failed(problemOf(error));
      return [];
    }
  }

  try(asked: { action: NonNullable<EffectAction>; where: string }): void {
    this.problem = this.effect = null;
    this.effect = this.audit?.effects.find((one) => one.where === asked.where && one.action === asked.action) ?? null;
    this.trying = asked;
  }

  /** Measures what it changes. */
  async measure(asked: { action: NonNullable<EffectAction>; where: string }): Promise<void> {
    this.effect = null;
    await this.doing(async (source) => {
      const { job, problem } = await resultOf(this.jobs.run(() => source.effect(asked)));
      if (problem) this.failed(problem);
      if (!job?.effect) return;
      this.effect = job.effect;
      await this.look();
    });
  }

  /** Measures what each pair does for the model. */
  async weigh(): Promise<void> {
    await this.doing(async (source) => {
      const { job, problem } = await resultOf(this.jobs.run(() => source.influence()));
      if (problem) this.failed(problem);
      if (!job) return;
      await this.changed();
      await this.look();
    });
  }

  async #take(whole: Finding): Promise<void> {
    if (this.open?.name === whole.name) this.open = { name: whole.name, whole, problem: null };
    await this.look();
  }
}
