/** Who one is here, what one may do, and what others do meanwhile. */

import { newsLine } from "../core/news";
import { problemOf } from "../data/server";
import type { Me, Role, TeamSource } from "../data/team";
import type { Problem } from "../data/types";

const RANK: Record<Role, number> = { viewer: 0, labeller: 1, owner: 2 };
const NEEDED: Record<Role, string> = { viewer: "a token", labeller: "a labeller’s token", owner: "an owner’s token" };
/** How long what others did stays to be read. */
export const SHOWN_MS = 8000;

export class Team {
  /** Null until the server has said so. */
  me = $state.raw<Me | null>(null);
  /** What others did just now, in a line; "" for nothing. */
  news = $state("");
  /** The last event of the journal that the page knows of; null until it was asked. */
  lastEvent = $state<number | null>(null);
  problem = $state.raw<Problem | null>(null);
  #hide: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly source: TeamSource | null) {}

  get isThere(): boolean {
    return this.source !== null;
  }

  async load(): Promise<void> {
    // Who cannot be asked now is nobody in particular: the server refuses what one may not do.
    this.me = (await this.source?.me().catch(() => null)) ?? null;
  }

  /** Why one may not do what needs a role, "to export"; null: one may. */
  refusal(role: Role, what = "this"): string | null {
    if (!this.me || RANK[this.me.role] >= RANK[role]) return null;
    return `You are here as ${this.me.role}: ${what} takes ${NEEDED[role]}.`;
  }

  /** Why one may not change or undo what somebody did; null: one may. */
  refusalOf(author: string): string | null {
    if (!this.me || this.me.role === "owner" || this.me.name === author) return null;
    return `It is ${author}’s: to change it takes ${NEEDED.owner}.`;
  }

  async rename(name: string): Promise<boolean> {
    if (!this.source) return false;
    this.problem = null;
    try {
      this.me = await this.source.rename(name);
      return true;
    } catch (error) {
      this.problem = problemOf(error);
      return false;
    }
  }

  /** Asks what was done meanwhile and tells of what others did; gives the map's version, null where nobody knows it. */
  async look(): Promise<string | null> {
    if (!this.source) return null;
    if (!this.me) await this.load();
    const { last_event, version, news, n_new } = await this.source.changes(this.lastEvent);
    this.lastEvent = last_event;
    const others = news.filter(({ is_mine }) => !is_mine);
    const line = newsLine(others, Math.max(0, n_new - news.length));
    if (line) this.#tell(line);
    return version;
  }

  #tell(line: string): void {
    clearTimeout(this.#hide);
    this.news = line;
    this.#hide = setTimeout(() => (this.news = ""), SHOWN_MS);
  }
}
