/** The search box, its results, and which of them the keyboard is on. */

import { isAbort, problemOf } from "../data/server";
import type { MapSource } from "../data/source";
import type { SearchResult } from "../data/types";
import type { SearchState } from "./types";

const TYPING_PAUSE_MS = 160;
const LIMIT = 50;

const IDLE: SearchState = {
  query: "",
  like: null,
  status: "idle",
  results: [],
  total: 0,
  tookMs: 0,
  active: -1,
  problem: null,
};

export class SearchModel {
  state = $state.raw<SearchState>(IDLE);
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `where`: the filter that searches keep to; "" for none. */
  constructor(
    private readonly source: MapSource,
    private readonly where: () => string = () => "",
  ) {}

  /** What the person types; the search runs when they pause. */
  type(query: string): void {
    this.state = { ...this.state, query, like: null };
    clearTimeout(this.#timer);
    if (query.trim() === "") this.clear();
    else this.#timer = setTimeout(() => void this.run(query), TYPING_PAUSE_MS);
  }

  async run(query: string): Promise<void> {
    clearTimeout(this.#timer);
    if (query.trim() === "") this.clear();
    else await this.#ask({ q: query.trim() }, { ...this.state, query, like: null });
  }

  /** Rows like this one. */
  async like(rowId: number): Promise<void> {
    clearTimeout(this.#timer);
    await this.#ask({ like: rowId }, { ...this.state, query: "", like: rowId });
  }

  async #ask(query: { q?: string; like?: number }, state: SearchState): Promise<void> {
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    // Old results stay until the new ones are here: nothing jumps while one types.
    this.state = { ...state, status: "searching", active: -1, problem: null };
    try {
      const { results, total, took_ms } = await this.source.search({ ...query, limit: LIMIT, where: this.where() }, signal);
      if (!signal.aborted) this.state = { ...this.state, status: "done", results, total, tookMs: took_ms };
    } catch (error) {
      if (!isAbort(error) && !signal.aborted)
        this.state = { ...this.state, status: "error", results: [], total: 0, problem: problemOf(error) };
    }
  }

  /** Asks once more: what it keeps to has changed. */
  async again(): Promise<void> {
    const { query, like } = this.state;
    if (!this.isOpen) return;
    if (like !== null) await this.like(like);
    else await this.run(query);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.state = IDLE;
  }

  get isOpen(): boolean {
    return this.state.status !== "idle";
  }

  get activeResult(): SearchResult | null {
    return this.state.results[this.state.active] ?? null;
  }

  /** Puts the keyboard on another result; it stops at both ends. */
  move(step: number): SearchResult | null {
    const last = this.state.results.length - 1;
    return this.activate(Math.min(last, Math.max(0, this.state.active + step)));
  }

  activate(place: number): SearchResult | null {
    this.state = { ...this.state, active: place };
    return this.activeResult;
  }
}
