/** The server stops answering, and answers again: the person is told, and what nobody answered is asked for once more. */

import { isUnanswered, problemOf } from "../data/server";
import type { Problem } from "../data/types";
import type { Session } from "./session.svelte";

/** So many questions in turn get no answer before the person is told: one may be lost. */
export const MOST_MISSED = 2;
const GOES_ON = "Once it runs again, this page goes on by itself.";

export class Answering {
  #nMissed = 0;
  #isAsking = false;
  #told: Problem | null = null;

  constructor(private readonly session: Session) {}

  /** The answer to what is asked from time to time; whether there is one tells how the server is. */
  async to<T>(asked: Promise<T>): Promise<T> {
    try {
      const answer = await asked;
      this.#nMissed = 0;
      void this.#askAgain();
      return answer;
    } catch (error) {
      this.#nMissed += 1;
      if (this.#nMissed === MOST_MISSED) this.#tell(error);
      throw error;
    }
  }

  #tell(error: unknown): void {
    const problem = problemOf(error);
    this.session.trouble = this.#told = isUnanswered(problem) ? { ...problem, fix: `${problem.fix} ${GOES_ON}` } : problem;
  }

  /** What nobody answered, and how it is asked for again. */
  #open(): (() => unknown)[] {
    const { session } = this;
    const { filters, search, reading, table, curation, labels, labelling, cleaning } = session;
    const open: (() => unknown)[] = [];
    const { pin } = reading;
    if (isUnanswered(filters.problem)) open.push(() => filters.again());
    if (isUnanswered(search.state.problem)) open.push(() => search.again());
    if (pin && isUnanswered(pin.problem)) open.push(() => session.openRow(pin.rowId));
    if (isUnanswered(table.list.problem)) open.push(() => table.list.again());
    if (isUnanswered(curation.open?.problem)) open.push(() => curation.showAgain());
    if (isUnanswered(labels.problem)) open.push(() => labels.load());
    if (isUnanswered(labelling.problem) && labelling.run) open.push(() => labelling.again());
    if (isUnanswered(cleaning.problem)) open.push(() => cleaning.again());
    for (const tiles of [session.tiles, session.compare.beside?.tiles]) if (tiles?.isUnanswered) open.push(() => tiles.again());
    return open;
  }

  async #askAgain(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    await Promise.allSettled(this.#open().map((ask) => ask()));
    this.#isAsking = false;
    const { trouble } = this.session;
    if ((trouble === this.#told || isUnanswered(trouble)) && this.#open().length === 0) this.session.trouble = null;
  }
}
