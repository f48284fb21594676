/** Rows of which people decided one thing and another, and what is settled. */

import type { DecisionChoice, DecisionConflict } from "../core/decision-conflicts";
import type { ConflictSource } from "../data/team";
import { Doing } from "./doing.svelte";

export class DecisionConflicts extends Doing<ConflictSource> {
  /** Null until they were asked for; at most some hundreds. */
  list = $state.raw<DecisionConflict[] | null>(null);
  /** Rows of all that there are. */
  nRows = $state(0);

  /** `settled`: decisions are others now; take them anew. */
  constructor(
    source: ConflictSource | null,
    private readonly settled: () => Promise<void>,
  ) {
    super(source);
  }

  async load(): Promise<void> {
    if (!this.source) return;
    const { conflicts, n_rows } = await this.source.decisionConflicts();
    [this.list, this.nRows] = [conflicts, n_rows];
  }

  /** An adjudicator's word on one row, or on all of the contradiction's. False: it failed, and `problem` says why. */
  settle({ decisions }: DecisionConflict, { decision, edit }: DecisionChoice, { rowId, reason }: { rowId: number | null; reason: string }): Promise<boolean> {
    return this.doing(async (source) => {
      const between = decisions.map(({ event }) => event);
      try {
        await source.settleDecision({ decision, edit, between, reason, rows: rowId === null ? null : [rowId] });
      } finally {
        // Where somebody was quicker, too: one looks again at how it stands now.
        await this.load();
      }
      await this.settled();
    });
  }
}
