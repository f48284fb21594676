/** Rows on which people contradict each other, how far they agree, and what is settled. */

import { conflictsOf } from "../core/conflicts";
import type { RowConflict } from "../data/labels";
import type { Agreement } from "../data/team";
import { Settling } from "./settling.svelte";

export class Conflicts extends Settling {
  /** Null until they were asked for; at most some hundreds. */
  list = $state.raw<RowConflict[] | null>(null);
  /** Of the set that is asked for; null where nobody can say. */
  agreement = $state.raw<Agreement | null>(null);
  #asked: { set: string; isMultiple: boolean } | null = null;

  /** `isMultiple`: a row may have several labels of the set, and agreement cannot be told. */
  async load(set: string, isMultiple: boolean): Promise<void> {
    if (!this.source) return;
    this.#asked = { set, isMultiple };
    const agreement = isMultiple ? null : this.source.agreement(set).catch(() => null);
    this.list = conflictsOf(await this.source.conflicts(set));
    this.agreement = await agreement;
  }

  /** An adjudicator's word. False: it failed, and `problem` says why. */
  settle({ set, rowId, side }: RowConflict, value: string, reason: string): Promise<boolean> {
    return this.settling((source) => source.settle({ set, value, rows: [rowId], side, reason }));
  }

  protected async again(): Promise<void> {
    if (this.#asked) await this.load(this.#asked.set, this.#asked.isMultiple);
  }
}
