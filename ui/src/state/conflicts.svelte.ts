/** Rows on which people contradict each other, how far they agree, and what is settled. */

import { conflictsOf } from "../core/conflicts";
import type { RowConflict } from "../data/labels";
import type { Agreement, ConflictSource } from "../data/team";
import type { Problem } from "../data/types";
import { problemOf } from "../data/server";

export class Conflicts {
  /** Null until they were asked for; at most some hundreds. */
  list = $state.raw<RowConflict[] | null>(null);
  /** Of the set that is asked for; null where nobody can say. */
  agreement = $state.raw<Agreement | null>(null);
  isBusy = $state(false);
  problem = $state.raw<Problem | null>(null);

  /** `settled`: labels are others now; take them anew. */
  constructor(
    private readonly source: ConflictSource | null,
    private readonly settled: () => Promise<void>,
  ) {}

  get isThere(): boolean {
    return this.source !== null;
  }

  /** `isMultiple`: a row may have several labels of the set, and agreement cannot be told. */
  async load(set: string, isMultiple: boolean): Promise<void> {
    if (!this.source) return;
    const agreement = isMultiple ? null : this.source.agreement(set).catch(() => null);
    this.list = conflictsOf(await this.source.conflicts(set));
    this.agreement = await agreement;
  }

  /** An adjudicator's word. False: it failed, and `problem` says why. */
  async settle(conflict: RowConflict, value: string, reason: string): Promise<boolean> {
    if (!this.source || this.isBusy) return false;
    this.isBusy = true;
    this.problem = null;
    try {
      await this.source.settle({ set: conflict.set, value, rows: [conflict.rowId], side: conflict.side, reason });
      // A set whose labels contradict each other is one of single choice.
      await this.load(conflict.set, false);
      await this.settled();
      return true;
    } catch (error) {
      this.problem = problemOf(error);
      return false;
    } finally {
      this.isBusy = false;
    }
  }
}
