/** Concepts that labels teach, where the map's source can learn them. */

import type { components } from "./api.generated";
import { type AskJson, sending } from "./asking";

type Answers = components["schemas"];

export type Concept = Answers["ConceptAnswer"];
export type Lesson = Answers["LessonAnswer"];
export type NextOrder = "useful" | "likely";

/** What is taught: labels of a set that are it. */
export interface Subject {
  name: string;
  set: string;
  values: string[];
}

export interface ConceptSource {
  concepts(): Promise<Concept[]>;
  lesson(subject: Subject): Promise<Lesson>;
  teach(subject: Subject): Promise<Concept>;
  next(subject: Subject, n: number, order: NextOrder, seed: number): Promise<number[]>;
  /** The concept as a file. */
  file(name: string): Promise<string>;
}

export function serverConcepts(ask: AskJson): ConceptSource {
  const send = sending(ask);
  return {
    concepts: () => ask("concepts"),
    lesson: ({ set, values }) => ask(`concepts/lesson?${new URLSearchParams([["set", set], ...values.map((value) => ["value", value])])}`),
    teach: (subject) => send("concepts", subject),
    next: async (subject, n, order, seed) => (await send<Answers["NextAnswer"]>("concepts/next", { ...subject, n, order, seed })).row_ids,
    file: async (name) => `${JSON.stringify(await ask(`concepts/file?name=${encodeURIComponent(name)}`), null, 1)}\n`,
  };
}
