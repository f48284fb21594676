/** The row under the pointer, and the row that is pinned in the reader. */

import { isAbort, problemOf } from "../data/server";
import type { MapSource } from "../data/source";
import type { Neighbor } from "../data/types";
import { RowCache } from "./rows";
import type { HoverState, PinState } from "./types";

const NEIGHBOR_DELAY_MS = 90;
const N_HOVER_NEIGHBORS = 8;
const N_PIN_NEIGHBORS = 12;

export class ReadingState {
  hover = $state.raw<HoverState | null>(null);
  /** Rows like the hovered one; they light up faintly. */
  hoverNeighbors = $state.raw<Neighbor[]>([]);
  pin = $state.raw<PinState | null>(null);

  #rows: RowCache;
  #hoverAbort = new AbortController();
  #pinAbort = new AbortController();
  #neighborTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly source: MapSource) {
    this.#rows = new RowCache(source);
  }

  /** The pointer is on a row drawn at (x, y), CSS px; null: on none. */
  hoverAt(at: { rowId: number; x: number; y: number; radius: number } | null): void {
    if (at && this.hover?.rowId === at.rowId) {
      if (this.hover.x !== at.x || this.hover.y !== at.y) this.hover = { ...this.hover, ...at };
      return;
    }
    if (!at && !this.hover) return;
    this.#hoverAbort.abort();
    clearTimeout(this.#neighborTimer);
    this.hoverNeighbors = [];
    this.hover = at && { ...at, row: this.#rows.peek(at.rowId) };
    if (at) void this.#readHovered(at.rowId, (this.#hoverAbort = new AbortController()).signal);
  }

  async #readHovered(rowId: number, signal: AbortSignal): Promise<void> {
    this.#neighborTimer = setTimeout(() => void this.#lightNeighbors(rowId, signal), NEIGHBOR_DELAY_MS);
    try {
      const row = await this.#rows.preview(rowId, signal);
      if (this.hover?.rowId === rowId) this.hover = { ...this.hover, row };
    } catch (error) {
      // A card that does not come is no reason to stop the person; a server that is gone is told elsewhere.
      if (!isAbort(error) && this.hover?.rowId === rowId) this.hover = null;
    }
  }

  async #lightNeighbors(rowId: number, signal: AbortSignal): Promise<void> {
    try {
      const neighbors = await this.source.neighbors(rowId, { limit: N_HOVER_NEIGHBORS, previews: false, signal });
      if (this.hover?.rowId === rowId) this.hoverNeighbors = neighbors;
    } catch {
      // Lights only.
    }
  }

  /** The map was laid out anew: what was read of rows is no longer so. */
  forget(): void {
    this.hoverAt(null);
    this.#rows = new RowCache(this.source);
  }

  /** Reads the row that will be opened next. */
  prefetch(rowId: number): void {
    void this.#rows.prefetch(rowId);
  }

  /** Opens the reader on a row; null closes it. Resolves when the row is there. */
  async pinRow(rowId: number | null): Promise<void> {
    this.#pinAbort.abort();
    if (rowId === null) {
      this.pin = null;
      return;
    }
    const { signal } = (this.#pinAbort = new AbortController());
    this.pin = { rowId, row: null, neighbors: null, problem: null };
    const update = (change: Partial<PinState>) => {
      if (!signal.aborted && this.pin) this.pin = { ...this.pin, ...change };
    };
    const row = this.#rows.whole(rowId, signal).then(
      (found) => update({ row: found }),
      (error: unknown) => isAbort(error) || update({ problem: problemOf(error) }),
    );
    void this.source.neighbors(rowId, { limit: N_PIN_NEIGHBORS, signal }).then(
      (neighbors) => update({ neighbors }),
      () => update({ neighbors: [] }),
    );
    await row;
  }
}
