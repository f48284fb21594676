/** Teaching: what labels say of all rows, how good that is, what to label next. */

import type { Concept, ConceptSource, Lesson, NextOrder, Subject } from "../data/concepts";
import { problemOf } from "../data/server";
import { conceptName } from "../core/teaching";
import { Doing } from "./doing.svelte";

/** So long after the last label it is taught anew: not after each of a quick row of them. */
export const PAUSE_MS = 1200;
const USUAL_CUT = 0.5;

export class Teaching extends Doing<ConceptSource> {
  /** Null until they were asked for. */
  concepts = $state.raw<Concept[] | null>(null);
  /** The set and label that the section is about. */
  set = $state<string | null>(null);
  value = $state<string | null>(null);
  lesson = $state.raw<Lesson | null>(null);
  cut = $state(USUAL_CUT);
  /** Another one draws other rows. */
  #seed = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isBehind = false;

  /** `changed`: scores are others now; take them anew. `mayTeach`: who sits here may have it learn. */
  constructor(
    source: ConceptSource | null,
    private readonly changed: () => Promise<void>,
    private readonly mayTeach: () => boolean = () => true,
  ) {
    super(source);
  }

  /** The concept that this set and label have taught, if any. */
  get concept(): Concept | null {
    return this.concepts?.find(({ set, values }) => set === this.set && values.length === 1 && values[0] === this.value) ?? null;
  }

  /** What is taught: by the name that it has, or by the label's. */
  get subject(): Subject | null {
    if (this.set === null || this.value === null) return null;
    return { name: this.concept?.name ?? this.#freeName(this.value), set: this.set, values: [this.value] };
  }

  async choose(set: string | null, value: string | null): Promise<void> {
    this.set = set;
    this.value = value;
    this.cut = USUAL_CUT;
    this.lesson = null;
    this.problem = null;
    await this.look();
  }

  /** Asks what there is to learn from, and which concepts there are. */
  async look(): Promise<void> {
    const { source, subject } = this;
    if (!source) return;
    try {
      this.concepts = await source.concepts();
      const lesson = subject && (await source.lesson(subject));
      if (this.set === (subject?.set ?? null) && this.value === (subject?.values[0] ?? null)) this.lesson = lesson;
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  /** Labels have changed: what was taught follows, a moment later and in the background. */
  labelled(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#follow(), PAUSE_MS);
  }

  /** Learns from the labels as they stand. */
  async teach(): Promise<boolean> {
    const { source, subject } = this;
    if (!source || !subject) return false;
    if (this.isBusy) {
      this.#isBehind = true;
      return false;
    }
    const isTaught = await this.doing(async () => {
      const taught = await source.teach(subject);
      this.concepts = [...(this.concepts ?? []).filter(({ name }) => name !== taught.name), taught].sort((a, b) => (a.name < b.name ? -1 : 1));
      this.lesson = await source.lesson(subject);
      await this.changed();
    });
    if (this.#isBehind) {
      this.#isBehind = false;
      this.labelled();
    }
    return isTaught;
  }

  /** Rows to label next, others each time. */
  async next(n: number, order: NextOrder): Promise<number[]> {
    const { source, subject } = this;
    if (!source || !subject) return [];
    try {
      const seed = order === "useful" ? this.#seed++ : 0;
      return await source.next(subject, n, order, seed);
    } catch (error) {
      this.problem = problemOf(error);
      return [];
    }
  }

  /** The concept as a file; null: it could not be made, and `problem` says why. */
  async file(): Promise<string | null> {
    const { source, concept } = this;
    if (!source || !concept) return null;
    try {
      return await source.file(concept.name);
    } catch (error) {
      this.problem = problemOf(error);
      return null;
    }
  }

  destroy(): void {
    clearTimeout(this.#timer);
  }

  async #follow(): Promise<void> {
    await this.look();
    if (this.mayTeach() && this.concept && !this.concept.is_current && this.lesson?.missing === "") await this.teach();
  }

  /** The label's name, or with its set where another concept is called so. */
  #freeName(value: string): string {
    const name = conceptName(value);
    const isTaken = this.concepts?.some((one) => one.name === name) ?? false;
    return isTaken ? conceptName(`${this.set} ${value}`) : name;
  }
}
