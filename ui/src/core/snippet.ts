/** Part of a text with what a search looked for: as `core/search.py` cuts it. And a line to know a row by. */

import { type Term, foldWithPlaces, patternOf } from "./words";

export interface SnippetPart {
  text: string;
  is_match: boolean;
}

interface Turn {
  text: string;
}

const CHARACTERS = 240;
const LOOKED_AT = 20_000;
const LONGEST_WORD = 24;
const LINE_CHARACTERS = 200;

type Span = readonly [start: number, end: number, term: number];

/** The part of `text` with most of the terms, in whole words and in pieces. */
export function snippet(text: string, terms: readonly Term[]): SnippetPart[] {
  const lookedAt = text.slice(0, LOOKED_AT);
  const spans = spansOf(lookedAt, terms);
  const start = wordStart(lookedAt, bestStart(spans));
  const end = wordEnd(lookedAt, start + CHARACTERS);
  const parts: SnippetPart[] = start > 0 ? [{ text: "… ", is_match: false }] : [];
  let at = start;
  for (const [left, right] of spans) {
    if (left < at || right > end) continue;
    parts.push({ text: lookedAt.slice(at, left), is_match: false }, { text: lookedAt.slice(left, right), is_match: true });
    at = right;
  }
  parts.push({ text: lookedAt.slice(at, end), is_match: false });
  if (end < text.length) parts.push({ text: " …", is_match: false });
  return parts.map((part) => ({ ...part, text: part.text.replace(/\s+/g, " ") })).filter((part) => part.text !== "");
}

function spansOf(text: string, terms: readonly Term[]): Span[] {
  const { folded, places } = foldWithPlaces(text);
  const after = (place: number) => places.find((at) => at > places[place]!) ?? text.length;
  const ends = (last: number) => (places[last + 1] !== undefined && places[last + 1]! > places[last]! ? places[last + 1]! : after(last));
  const spans = terms.flatMap((term, number) =>
    [...folded.matchAll(patternOf(term))].map((found): Span => [places[found.index]!, ends(found.index + found[0].length - 1), number]),
  );
  return spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

/** Where the part with most different terms begins: a little before its first match. */
function bestStart(spans: readonly Span[]): number {
  let [best, most] = [0, 0];
  spans.slice(0, 200).forEach(([left], first) => {
    const inside = spans.slice(first, first + 50).filter(([, end]) => end <= left + (CHARACTERS * 2) / 3);
    const n = new Set(inside.map(([, , term]) => term)).size;
    if (n > most) [best, most] = [left, n];
  });
  return best < CHARACTERS / 3 ? 0 : best - Math.floor(CHARACTERS / 5);
}

/** The first place from `at` on where a word begins; `at` where none is near, as in scripts without spaces. */
function wordStart(text: string, at: number): number {
  if (at === 0 || /\s/.test(text[at - 1]!)) return at;
  const space = /\s+/.exec(text.slice(at, at + LONGEST_WORD));
  return space ? at + space.index + space[0].length : at;
}

/** The last place up to `at` where a word ends. */
function wordEnd(text: string, at: number): number {
  if (at >= text.length || /\s/.test(text[at]!)) return Math.min(at, text.length);
  const before = text.slice(at - LONGEST_WORD, at);
  const space = Math.max(before.lastIndexOf(" "), before.lastIndexOf("\n"), before.lastIndexOf("\t"));
  return space >= 0 ? at - LONGEST_WORD + space : at;
}

/** All that a row says, in the order that it is read in. */
export function textOf(reading: unknown): string {
  const { text, prompt = [], chosen = [], rejected = [], turns = [], replies = [] } = reading as {
    text?: string;
    prompt?: Turn[];
    chosen?: Turn[];
    rejected?: Turn[];
    turns?: Turn[];
    replies?: { turns: Turn[] }[];
  };
  if (text !== undefined) return text;
  const all = [...prompt, ...chosen, ...rejected, ...turns, ...replies.flatMap((reply) => reply.turns)];
  return all.map((turn) => turn.text).join("\n\n");
}

/**
 * The beginning of what a row says, on one line: as `core/preview.py` does it.
 *
 * A pair or a ranking is known by the last turn that its replies answer; a conversation by its first turn.
 */
export function previewLine(reading: unknown): string {
  const { text, prompt = [], chosen = [], turns = [], replies = [] } = reading as {
    text?: string;
    prompt?: Turn[];
    chosen?: Turn[];
    turns?: Turn[];
    replies?: { turns: Turn[] }[];
  };
  if (text !== undefined) return oneLine(text);
  const all = [...prompt.slice(-1), ...turns, ...chosen, ...replies.flatMap((reply) => reply.turns)];
  return all.map((turn) => oneLine(turn.text)).find((line) => line !== "") ?? "";
}

function oneLine(text: string): string {
  return clamp(text.slice(0, LINE_CHARACTERS * 8).trim().replace(/\s+/g, " "), LINE_CHARACTERS);
}

/** `text`, cut to `most` characters with an ellipsis where it is longer. */
export function clamp(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most).trimEnd()}…` : text;
}

/** `value` with every text in it cut to `most` characters. */
export function clampTexts<T>(value: T, most: number): T {
  if (typeof value === "string") return clamp(value, most) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => clampTexts(item, most)) as T;
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, clampTexts(item, most)])) as T;
  }
  return value;
}
