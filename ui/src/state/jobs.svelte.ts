/** Long work of the server: begun here or elsewhere, followed until it is over. */

import type { CleanSource, Job } from "../data/cleaning";
import { problemOf } from "../data/server";
import type { Problem } from "../data/types";

export class JobState {
  /** What the server does, or did last as far as this page followed it. */
  job = $state.raw<Job | null>(null);
  #isFollowing = false;

  constructor(private readonly source: CleanSource | null) {}

  get isRunning(): boolean {
    return this.job?.state === "running";
  }

  /** Begins work and follows it to its end. Throws what the server refuses it with. */
  async run(begin: () => Promise<Job>): Promise<Job> {
    this.job = await begin();
    return this.#follow();
  }

  /** Follows what the server is doing already: begun in another tab, or before this page was loaded anew. */
  async find(): Promise<Job | null> {
    if (!this.source || this.#isFollowing) return null;
    const last = await this.source.lastJob();
    if (last?.state !== "running") return null;
    this.job = last;
    return this.#follow();
  }

  async stop(): Promise<void> {
    if (this.source && this.job && this.isRunning) this.job = await this.source.stop(this.job.number);
  }

  async #follow(): Promise<Job> {
    this.#isFollowing = true;
    try {
      while (this.job!.state === "running") this.job = await this.source!.job(this.job!.number);
      return this.job!;
    } finally {
      this.#isFollowing = false;
    }
  }
}

/** What went wrong with work that is over; null: nothing. */
export function problemIn(job: Job): Problem | null {
  return job.state === "failed" ? { problem: job.problem, fix: job.fix } : null;
}

/** The work's result, or what went wrong as a Problem; null where it was stopped. */
export async function resultOf(work: Promise<Job>): Promise<{ job: Job | null; problem: Problem | null }> {
  try {
    const job = await work;
    return { job: job.state === "done" ? job : null, problem: problemIn(job) };
  } catch (error) {
    return { job: null, problem: problemOf(error) };
  }
}
