/** An adjudicator's words on what people contradict each other in, and the last of them taken back. */

import type { Done, JournalEvent } from "../data/edits";
import type { ConflictSource } from "../data/team";
import { Doing } from "./doing.svelte";

export abstract class Settling extends Doing<ConflictSource> {
  /** What was settled last, here; null where nothing was, or it is taken back. */
  last = $state.raw<JournalEvent | null>(null);

  /** `settled`: what people say is other now; take it anew. */
  constructor(
    source: ConflictSource | null,
    private readonly settled: () => Promise<void>,
  ) {
    super(source);
  }

  /** Asks anew what people contradict each other on. */
  protected abstract again(): Promise<void>;

  /** False: it failed, and `problem` says why. */
  protected settling(work: (source: ConflictSource) => Promise<Done>): Promise<boolean> {
    return this.#step(async (source) => (this.last = (await work(source)).event));
  }

  /** Takes back what was settled last. */
  undo(): Promise<boolean> {
    const { last } = this;
    if (!last) return Promise.resolve(false);
    return this.#step(async (source) => {
      await source.undo(last.id);
      this.last = null;
    });
  }

  #step(work: (source: ConflictSource) => Promise<unknown>): Promise<boolean> {
    return this.doing(async (source) => {
      try {
        await work(source);
      } finally {
        // Where somebody was quicker, too: one looks again at how it stands now.
        await this.again();
      }
      await this.settled();
    });
  }
}
