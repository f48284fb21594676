/** What one may be about to write in a filter expression. */

import type { CodedColumn } from "./facets";
import { nameOf, quoted } from "./filter-text";

export interface Completion {
  /** What is written. */
  text: string;
  /** What it is: "column", "value of lang", "words, "phrases" and -words". */
  about: string;
}

export interface Completions {
  /** The part of the text that a completion takes the place of. */
  start: number;
  end: number;
  list: Completion[];
}

const WORDS: Completion[] = [
  { text: "text('", about: "words, \"phrases\" and -words" },
  { text: "near('", about: "similar in meaning: near('…', 0.5)" },
  { text: "time(", about: "a time column as a timestamp" },
  { text: "length(", about: "characters of a text" },
  { text: "list_contains(", about: "has a tag: list_contains(tags, '…')" },
  { text: "AND ", about: "both" },
  { text: "OR ", about: "either" },
  { text: "NOT ", about: "not" },
  { text: "IN (", about: "one of several" },
  { text: "BETWEEN ", about: "BETWEEN 2 AND 9" },
  { text: "LIKE '", about: "a pattern: '%bank%'" },
  { text: "ILIKE '", about: "a pattern, large or small letters" },
  { text: "IS NULL", about: "has no value" },
  { text: "IS NOT NULL", about: "has a value" },
];
const MOST = 8;

/** Completions for the caret at `caret`; none where nothing fits. `others`: columns that the map is not coloured by. */
export function completions(
  text: string,
  caret: number,
  { columns, others }: { columns: readonly CodedColumn[]; others: readonly string[] },
): Completions {
  const before = text.slice(0, caret);
  const inQuotes = openQuote(before);
  if (inQuotes !== null) return values(before, inQuotes, { columns, end: caret });
  const typed = /[A-Za-z_][\w]*$/.exec(before)?.[0] ?? "";
  const start = caret - typed.length;
  const isAfterValue = /(['")\d]|\bNULL|\bTRUE|\bFALSE)\s+$/i.test(before.slice(0, start));
  if (typed === "" && before.trim() !== "" && !/\s$/.test(before)) return { start, end: caret, list: [] };
  const names = [...columns.map(({ name, kind }) => ({ name, about: kind === "cluster" ? "topics" : kind })), ...others.map((name) => ({ name, about: "column" }))];
  const all = [...names.map(({ name, about }) => ({ text: nameOf({ name }), about })), ...WORDS];
  const list = all.filter((one) => starts(one.text, typed) && !(isAfterValue && typed === "" && !/^(AND|OR) $/.test(one.text)));
  return { start, end: caret, list: list.slice(0, MOST) };
}

/** Where the quote that the caret is in begins; null: in none. */
function openQuote(before: string): number | null {
  let open: number | null = null;
  for (let i = 0; i < before.length; i++) if (before[i] === "'") open = open === null ? i : null;
  return open;
}

/** Values of the column that a quote is compared with. */
function values(before: string, quote: number, { columns, end }: { columns: readonly CodedColumn[]; end: number }): Completions {
  const typed = before.slice(quote + 1);
  const named =
    /("(?:[^"]|"")+"|[A-Za-z_]\w*)\s*(?:=|<>|!=|(?:NOT\s+)?IN\s*\((?:\s*'(?:[^']|'')*'\s*,)*)\s*$/i.exec(before.slice(0, quote)) ??
    /list_contains\(\s*("(?:[^"]|"")+"|[A-Za-z_]\w*)\s*,\s*$/i.exec(before.slice(0, quote));
  const name = named?.[1]?.replace(/^"|"$/g, "").replaceAll('""', '"');
  const column = columns.find((one) => one.name.toLowerCase() === name?.toLowerCase());
  const list = (column?.values ?? [])
    .filter(([value]) => typeof value === "string" && starts(value, typed))
    .map(([value, n]) => ({ text: quoted(String(value)), about: `${n.toLocaleString("en-US")} rows` }));
  return { start: quote, end, list: list.slice(0, MOST) };
}

function starts(text: string, typed: string): boolean {
  return text.toLowerCase().replace(/^"/, "").startsWith(typed.toLowerCase()) && text.toLowerCase() !== typed.toLowerCase();
}
