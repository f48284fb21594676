/** What a person does to the map, one thing at a time: whether it is being done, and what it failed with. */

import { problemOf } from "../data/server";
import type { Problem } from "../data/types";

/** `S`: where it is kept; null: nowhere, and nothing can be done. */
export class Doing<S> {
  isBusy = $state(false);
  /** What the last thing that was tried failed with. */
  problem = $state.raw<Problem | null>(null);

  constructor(readonly source: S | null) {}

  get isThere(): boolean {
    return this.source !== null;
  }

  /** Does it. False: it failed, and `problem` says why, or something else is being done. */
  protected async doing(work: (source: S) => Promise<unknown>): Promise<boolean> {
    if (!this.source || this.isBusy) return false;
    this.isBusy = true;
    this.problem = null;
    try {
      await work(this.source);
      return true;
    } catch (error) {
      this.failed(problemOf(error));
      return false;
    } finally {
      this.isBusy = false;
    }
  }

  protected failed(problem: Problem): void {
    this.problem = problem;
  }
}
