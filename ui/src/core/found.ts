/** Personal data found in a row's texts, marked where it stands. */

import { toUnits } from "./spans";

/** A part of a text, in characters as the server counts them: whole code points. */
export interface FoundSpan {
  part: "text" | "prompt" | "chosen" | "rejected" | "turns" | "replies";
  reply: number;
  turn: number;
  start: number;
  stop: number;
  kind: string;
}

/** A mark in a text, in the units that JavaScript counts. */
export interface Mark {
  start: number;
  stop: number;
  kind: string;
}

interface Turn {
  text: string;
}

interface Texts {
  text?: string;
  prompt?: readonly Turn[];
  chosen?: readonly Turn[];
  rejected?: readonly Turn[];
  turns?: readonly Turn[];
  replies?: readonly { turns: readonly Turn[] }[];
}

/** The marks of each text of a row, by the text itself. */
export function marksByText(reading: unknown, spans: readonly FoundSpan[]): Map<string, Mark[]> {
  const found = new Map<string, Mark[]>();
  for (const span of spans) {
    const text = textAt(reading as Texts, span);
    if (text === undefined) continue;
    const [start, stop] = [toUnits(text, span.start), toUnits(text, span.stop)];
    const marks = found.get(text) ?? [];
    // A text that stands in a row twice has its marks once.
    if (!marks.some((mark) => mark.start === start)) marks.push({ start, stop, kind: span.kind });
    found.set(text, marks);
  }
  return found;
}

function textAt(reading: Texts, { part, reply, turn }: FoundSpan): string | undefined {
  if (part === "text") return reading.text;
  const turns = part === "replies" ? reading.replies?.[reply]?.turns : reading[part];
  return turns?.[turn]?.text;
}

/** Pieces of a text cut at the ends of marks, each with the kind of its mark. */
export function withMarks<T extends { text: string; at?: number }>(parts: readonly T[], marks: readonly Mark[]): (T & { kind?: string; isFirst?: boolean })[] {
  if (marks.length === 0) return [...parts];
  const out: (T & { kind?: string; isFirst?: boolean })[] = [];
  let at = 0;
  for (const part of parts) {
    const end = at + part.text.length;
    const cuts = new Set([at, end, ...marks.flatMap(({ start, stop }) => [start, stop]).filter((cut) => cut > at && cut < end)]);
    const places = [...cuts].sort((a, b) => a - b);
    places.slice(0, -1).forEach((from, i) => {
      const mark = marks.find(({ start, stop }) => start <= from && from < stop);
      const piece = { ...part, ...(part.at !== undefined && { at: part.at + from - at }), text: part.text.slice(from - at, places[i + 1]! - at) };
      out.push(mark ? { ...piece, kind: mark.kind, isFirst: mark.start === from } : piece);
    });
    at = end;
  }
  return out;
}
