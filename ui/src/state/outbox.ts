/** What a person did, on its way to the server: sent one after the other in order, again where nobody answers.
 *
 * Where it was the answer that was lost, the server did it already: it knows the act by its id, and does it once.
 */

import { problemOf, SourceError } from "../data/server";
import type { Done } from "../data/edits";
import type { Problem } from "../data/types";

export interface Sent {
  /** For the person: "row 17: calm". */
  readonly what: string;
  /** Number of the event that came of it; null: not yet. */
  event: number | null;
  /** Why it was refused; null: it was not. */
  problem: Problem | null;
}

/** Sends an act under its id. */
export type Send = (id: string) => Promise<Done | null>;

interface Waiting extends Sent {
  readonly id: string;
  readonly send: Send;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;

export class Outbox {
  /** Called when anything about it has changed. */
  onChange: () => void = () => undefined;
  /** Called with the answer to each that was sent. */
  onDone: (done: Done) => void = () => undefined;
  /** Why what is waiting does not get through; null: it does. It is tried again and again. */
  trouble: Problem | null = null;
  #waiting: Waiting[] = [];
  #refused: Waiting[] = [];
  #isSending = false;
  #wake: (() => void) | null = null;

  /** What is not kept yet. */
  get nWaiting(): number {
    return this.#waiting.length;
  }

  /** What the server did not take, the first first. */
  get refused(): readonly Sent[] {
    return this.#refused;
  }

  /** `send` is called when all before it are done; null from it: there is nothing to do any more. */
  add(what: string, send: Send): Sent {
    const one: Waiting = { id: drawnId(), what, send, event: null, problem: null };
    this.#waiting.push(one);
    this.onChange();
    void this.#run();
    return one;
  }

  /** Takes back what was not sent yet; false: it was, or is on its way. */
  cancel(one: Sent): boolean {
    const isRefused = this.#refused.includes(one as Waiting);
    this.#refused = this.#refused.filter((other) => other !== one);
    const place = this.#waiting.indexOf(one as Waiting);
    const isFree = place > 0 || (place === 0 && !this.#isSending);
    if (isFree) this.#waiting.splice(place, 1);
    if (isFree || isRefused) this.onChange();
    return isFree || isRefused;
  }

  /** Sends again what was refused, and at once what waits for an answer. */
  again(): void {
    for (const one of this.#refused) one.problem = null;
    this.#waiting.push(...this.#refused);
    this.#refused = [];
    this.onChange();
    this.#wake?.();
    void this.#run();
  }

  /** Lets go of what was refused. */
  giveUp(): void {
    this.#refused = [];
    this.onChange();
  }

  async #run(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    let pause = FIRST_PAUSE_MS;
    while (this.#waiting.length > 0) {
      const one = this.#waiting[0]!;
      try {
        const done = await one.send(one.id);
        one.event = done?.event.id ?? null;
        this.#settle(one);
        if (done) this.onDone(done);
        pause = FIRST_PAUSE_MS;
      } catch (error) {
        if (isPassing(error)) {
          this.trouble = problemOf(error);
          this.onChange();
          await this.#wait(pause);
          pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
        } else {
          one.problem = problemOf(error);
          this.#refused.push(one);
          this.#settle(one);
        }
      }
    }
    this.#isSending = false;
  }

  #settle(one: Waiting): void {
    this.#waiting = this.#waiting.filter((other) => other !== one);
    this.trouble = null;
    this.onChange();
  }

  #wait(pause: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pause);
      this.#wake = () => (clearTimeout(timer), resolve());
    });
  }
}

/** 128 random bits; `crypto.randomUUID` is missing where a page came over plain HTTP from another machine. */
function drawnId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Nobody answered, or somebody else writes the map just now: the same may go well later. */
function isPassing(error: unknown): boolean {
  return error instanceof SourceError && (error.status === 0 || error.status === 409 || error.status >= 500);
}
