/** Rows of which people decided one thing and another, and what is settled. */

import type { DecisionChoice, DecisionConflict } from "../core/decision-conflicts";
import { Settling } from "./settling.svelte";

export class DecisionConflicts extends Settling {
  /** Null until they were asked for; at most some hundreds. */
  list = $state.raw<DecisionConflict[] | null>(null);
  /** Rows of all that there are. */
  nRows = $state(0);

  async load(): Promise<void> {
    if (!this.source) return;
    const { conflicts, n_rows } = await this.source.decisionConflicts();
    [this.list, this.nRows] = [conflicts, n_rows];
  }

  /** An adjudicator's word on one row, or on all of the contradiction's. False: it failed, and `problem` says why. */
  settle({ decisions }: DecisionConflict, { decision, edit }: DecisionChoice, { rowId, reason }: { rowId: number | null; reason: string }): Promise<boolean> {
    const between = decisions.map(({ event }) => event);
    return this.settling((source) => source.settleDecision({ decision, edit, between, reason, rows: rowId === null ? null : [rowId] }));
  }

  protected again(): Promise<void> {
    return this.load();
  }
}
