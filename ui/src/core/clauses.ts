/**
 * A filter in parts: what facets, drawn areas, words and expressions make. It is written as one filter expression, for
 * links, for the server and for code, and read back into its parts.
 */

import { type ColumnFilter, isFiltering } from "./filter";
import { type FilterColumn, quoted, readColumnFilter, writeColumnFilter } from "./filter-text";
import { splitTop, unwrapped } from "./sql";

/** One part of a filter, as text: docs/filters.md. */
export interface FilterClause {
  /** Slug of the column that the clause is about, whose counts leave it out; or any other name. */
  key: string;
  where: string;
}

export type Join = "and" | "or";

export interface Corner {
  x: number;
  y: number;
}

/** A part of a filter that is about no one column. `isNot`: rows that do not meet it. */
export type Extra = { isNot: boolean } & (
  | { kind: "area"; layout: string; polygon: readonly Corner[] }
  | { kind: "words"; query: string }
  /** Similar in meaning to a text or to a row, at least so much. */
  | { kind: "meaning"; like: string | number; least: number }
  | { kind: "rows"; rowIds: readonly number[] }
  | { kind: "expression"; sql: string }
);

export interface FilterParts {
  columns: readonly ColumnFilter[];
  extras: readonly Extra[];
  join: Join;
}

export const NO_FILTER: FilterParts = { columns: [], extras: [], join: "and" };

/** Each part that filters, as an expression of its own. */
export function clausesOf({ columns, extras }: FilterParts, known: readonly FilterColumn[]): FilterClause[] {
  const ofColumns = columns.filter(isFiltering).map((filter) => ({ key: filter.slug, where: writeColumnFilter(filter, known) }));
  const others = extras.map((extra, place) => ({ key: extraKey(place), where: writeExtra(extra) }));
  return [...ofColumns, ...others].filter(({ where }) => where.trim() !== "");
}

/** The clause that one of the extras is. */
export function extraKey(place: number): string {
  return `extra ${place}`;
}

/** The clauses as one expression; "" where there are none. */
export function joined(clauses: readonly FilterClause[], join: Join): string {
  if (clauses.length === 1) return clauses[0]!.where;
  const word = join === "and" ? " AND " : " OR ";
  return clauses.map(({ where }) => (needsParentheses(where, join) ? `(${where})` : where)).join(word);
}

function needsParentheses(where: string, join: Join): boolean {
  return splitTop(where, "OR").length > 1 || (join === "or" && splitTop(where, "AND").length > 1);
}

export function writeExtra(extra: Extra): string {
  const text = writePlain(extra);
  if (!extra.isNot) return text;
  const isOne = splitTop(text, "OR").length === 1 && splitTop(text, "AND").length === 1;
  return isOne ? `NOT ${text}` : `NOT (${text})`;
}

function writePlain(extra: Extra): string {
  switch (extra.kind) {
    case "area":
      return `in_area(${quoted(extra.layout)}, ${quoted(extra.polygon.map(({ x, y }) => `${x} ${y}`).join(", "))})`;
    case "words":
      return `text(${quoted(extra.query)})`;
    case "meaning":
      return `near(${typeof extra.like === "number" ? extra.like : quoted(extra.like)}, ${extra.least})`;
    case "rows":
      return `row_id IN (${extra.rowIds.join(", ")})`;
    case "expression":
      return extra.sql;
  }
}

/** The parts of an expression; what none of the page's own controls can show stays as it was written. */
export function readParts(text: string, known: readonly FilterColumn[]): FilterParts {
  const whole = text.trim();
  if (whole === "") return NO_FILTER;
  const or = splitTop(whole, "OR");
  const and = splitTop(whole, "AND");
  // NAME IN (…) OR NAME IS NULL is one column's filter.
  if (or.length > 1 && readColumnFilter([whole], known)) return read([whole], "and", known);
  if (or.length > 1 && and.length > 1) return read([whole], "and", known);
  return or.length > 1 ? read(or, "or", known) : read(and, "and", known);
}

function read(texts: readonly string[], join: Join, known: readonly FilterColumn[]): FilterParts {
  const columns = new Map<string, ColumnFilter>();
  const extras: Extra[] = [];
  for (const text of texts) {
    const filter = readColumnFilter([unwrapped(text)], known) ?? readColumnFilter(splitTop(unwrapped(text), "AND").map(unwrapped), known);
    const before = filter && columns.get(filter.slug);
    // Two clauses of one column are one filter where both must hold.
    if (filter && !before) columns.set(filter.slug, filter);
    else if (filter && before && join === "and" && !(filter.range && before.range) && !filter.isAny && !before.isAny) {
      columns.set(filter.slug, { slug: filter.slug, hidden: new Set([...before.hidden, ...filter.hidden]), range: filter.range ?? before.range });
    } else extras.push(readExtra(text));
  }
  return { columns: [...columns.values()], extras, join };
}

const AREA = /^in_area\('([^']*)', *'([-+\d.e, ]*)'\)$/i;
const WORDS = /^text\('((?:[^']|'')*)'\)$/i;
const MEANING = /^near\((?:'((?:[^']|'')*)'|(\d+)), *(-?[\d.]+)\)$/i;
const ROWS = /^row_id IN \(([\d, ]+)\)$/i;

export function readExtra(text: string): Extra {
  const negated = /^NOT\s+([\s\S]*)$/i.exec(text.trim());
  const isNot = negated !== null && splitTop(text, "AND").length === 1 && splitTop(text, "OR").length === 1;
  const plain = unwrapped(isNot ? negated[1]! : text);
  return { ...readPlain(plain), isNot };
}

function readPlain(text: string): Extra {
  const isNot = false;
  const area = AREA.exec(text);
  if (area) {
    const polygon = area[2]!.split(",").map((corner) => corner.trim().split(/ +/).map(Number));
    const isWhole = polygon.length >= 3 && polygon.every((corner) => corner.length === 2 && corner.every(Number.isFinite));
    if (isWhole) return { kind: "area", isNot, layout: area[1]!, polygon: polygon.map(([x, y]) => ({ x: x!, y: y! })) };
  }
  const words = WORDS.exec(text);
  if (words) return { kind: "words", isNot, query: words[1]!.replaceAll("''", "'") };
  const meaning = MEANING.exec(text);
  if (meaning) {
    const like = meaning[2] === undefined ? meaning[1]!.replaceAll("''", "'") : Number(meaning[2]);
    return { kind: "meaning", isNot, like, least: Number(meaning[3]) };
  }
  const rows = ROWS.exec(text);
  if (rows) return { kind: "rows", isNot, rowIds: rows[1]!.split(",").map(Number) };
  return { kind: "expression", isNot, sql: text };
}
