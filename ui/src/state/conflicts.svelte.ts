/** Rows on which people contradict each other, how far they agree, and what is settled. */

import { conflictsOf } from "../core/conflicts";
import type { RowConflict } from "../data/labels";
import type { Agreement, ConflictSource } from "../data/team";
import { Doing } from "./doing.svelte";

export class Conflicts extends Doing<ConflictSource> {
  /** Null until they were asked for; at most some hundreds. */
  list = $state.raw<RowConflict[] | null>(null);
  /** Of the set that is asked for; null where nobody can say. */
  agreement = $state.raw<Agreement | null>(null);

  /** `settled`: labels are others now; take them anew. */
  constructor(
    source: ConflictSource | null,
    private readonly settled: () => Promise<void>,
  ) {
    super(source);
  }

  /** `isMultiple`: a row may have several labels of the set, and agreement cannot be told. */
  async load(set: string, isMultiple: boolean): Promise<void> {
    if (!this.source) return;
    const agreement = isMultiple ? null : this.source.agreement(set).catch(() => null);
    this.list = conflictsOf(await this.source.conflicts(set));
    this.agreement = await agreement;
  }

  /** An adjudicator's word. False: it failed, and `problem` says why. */
  settle(conflict: RowConflict, value: string, reason: string): Promise<boolean> {
    return this.doing(async (source) => {
      await source.settle({ set: conflict.set, value, rows: [conflict.rowId], side: conflict.side, reason });
      // A set whose labels contradict each other is one of single choice.
      await this.load(conflict.set, false);
      await this.settled();
    });
  }
}
