/** A column's filter as text, in the syntax of Portolan's filter expressions, and back. */

import type { ColumnFilter } from "./filter";
import type { CodedColumn } from "./facets";
import { splitTop, unwrapped } from "./sql";

/** What a filter is about: a column, and which codes it has. */
export interface FilterColumn extends CodedColumn {
  /** Codes that rows can have, the missing one left out. A merge leaves gaps in the ids of clusters. */
  codes: readonly number[];
}

/** `subset NOT IN ('a') AND length BETWEEN 2 AND 9`; "" where nothing is filtered. */
export function writeColumnFilter(filter: ColumnFilter, columns: readonly FilterColumn[]): string {
  const column = columns.find((one) => one.slug === filter.slug);
  if (column?.tags) return writeTags(filter, column);
  return column ? [...writeRange(filter, column), ...writeValues(filter, column)].join(" AND ") : "";
}

function writeRange({ range }: ColumnFilter, column: FilterColumn): string[] {
  if (!range) return [];
  const isTime = column.kind === "time";
  const [low, high] = range.map((value) => (isTime ? quoted(new Date(value * 1000).toISOString()) : String(value)));
  return [`${isTime ? `time(${nameOf(column)})` : nameOf(column)} BETWEEN ${low} AND ${high}`];
}

function writeValues({ hidden }: ColumnFilter, column: FilterColumn): string[] {
  if (hidden.size === 0) return [];
  const { codes } = column;
  const listed = (some: readonly number[]) => `(${some.map((code) => valueOf(column, code)).join(", ")})`;
  const away = codes.filter((code) => hidden.has(code));
  const kept = codes.filter((code) => !hidden.has(code));
  const name = nameOf(column);
  const isMissingAway = hidden.has(column.missing);
  if (kept.length === 0 && !isMissingAway) return [`${name} IS NULL`];
  if (away.length === 0) return isMissingAway ? [`${name} IS NOT NULL`] : [];
  // As in SQL, neither IN nor NOT IN lets a missing value through.
  const values = kept.length > 0 && kept.length < away.length ? `${name} IN ${listed(kept)}` : `${name} NOT IN ${listed(away)}`;
  return [isMissingAway ? values : `(${values} OR ${name} IS NULL)`];
}

function valueOf({ kind, values }: FilterColumn, code: number): string {
  const value = kind === "cluster" ? code : values?.[code]?.[0];
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  return typeof value === "number" ? String(value) : quoted(value ?? "");
}

/** A column's name as an expression says it. */
export function nameOf({ name }: Pick<FilterColumn, "name">): string {
  return /^[a-z_]\w*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const NAME = String.raw`([A-Za-z_]\w*|"(?:[^"]|"")*")`;
const VALUE = String.raw`'(?:[^']|'')*'|-?[\d.]+(?:e[-+]?\d+)?|TRUE|FALSE`;
const BETWEEN = new RegExp(`^(?:time\\()?${NAME}\\)? BETWEEN (${VALUE}) AND (${VALUE})$`, "i");
const IN = new RegExp(`^${NAME} (NOT )?IN \\(((?:${VALUE})(?:, (?:${VALUE}))*)\\)( OR ${NAME} IS NULL)?$`, "i");
const NULL = new RegExp(`^${NAME} IS (NOT )?NULL$`, "i");

/** What such texts, each one comparison, say of one column together; null where they say something else. */
export function readColumnFilter(parts: readonly string[], columns: readonly FilterColumn[]): ColumnFilter | null {
  const ofTags = readTags(parts, columns);
  if (ofTags) return ofTags;
  let column: FilterColumn | undefined;
  let range: ColumnFilter["range"] = null;
  const hidden = new Set<number>();
  for (const part of parts) {
    const found = BETWEEN.exec(part) ?? IN.exec(part) ?? NULL.exec(part);
    const named = found && columns.find(({ name }) => name === plain(found[1]!));
    if (!named || named.tags || (column && named !== column)) return null;
    column = named;
    if (BETWEEN.test(part)) range = [numberOf(found[2]!), numberOf(found[3]!)];
    else if (IN.test(part)) hide({ column, hidden }, { isNot: found[2] !== undefined, list: found[3]!, keepsMissing: found[4] !== undefined });
    else if (found[2]) hidden.add(column.missing);
    else for (const code of column.codes) hidden.add(code);
  }
  const isRange = column?.kind === "number" || column?.kind === "time";
  if (!column || isRange !== (range !== null) || range?.some(Number.isNaN)) return null;
  return { slug: column.slug, hidden, range };
}

function plain(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function numberOf(text: string): number {
  return text.startsWith("'") ? Date.parse(text.slice(1, -1)) / 1000 : Number(text);
}

function hide(
  { column, hidden }: { column: FilterColumn; hidden: Set<number> },
  { isNot, list, keepsMissing }: { isNot: boolean; list: string; keepsMissing: boolean },
): void {
  const said = new Set(list.match(new RegExp(VALUE, "gi")));
  for (const code of column.codes) if (said.has(valueOf(column, code)) === isNot) hidden.add(code);
  if (!keepsMissing) hidden.add(column.missing);
}

function writeTags({ hidden, isAny }: ColumnFilter, column: FilterColumn): string {
  const name = nameOf(column);
  const has = (code: number) => `list_contains(${name}, ${valueOf(column, code)})`;
  const { codes } = column;
  const isNoneAway = hidden.has(column.missing);
  if (isAny) {
    const any = codes.filter((code) => !hidden.has(code)).map(has);
    const all = isNoneAway ? any : [...any, `${name} IS NULL`, `${name} = []`];
    return all.length === 1 ? all[0]! : `(${all.join(" OR ")})`;
  }
  const away = codes.filter((code) => hidden.has(code)).map((code) => `(${name} IS NULL OR NOT ${has(code)})`);
  return [...away, ...(isNoneAway ? [`${name} <> []`] : [])].join(" AND ");
}

const HAS_TAG = new RegExp(`^(NOT )?list_contains\\(${NAME}, ('(?:[^']|'')*')\\)$`, "i");
const NO_TAGS = new RegExp(`^${NAME} (=|<>) \\[\\]$`, "i");

/** One comparison of a column of tags; `code` null: the column is missing. */
interface TagTest {
  column: FilterColumn;
  code: number | null;
  isNot: boolean;
}

function readTagTest(text: string, columns: readonly FilterColumn[]): TagTest | null {
  const [has, none, absent] = [HAS_TAG.exec(text), NO_TAGS.exec(text), NULL.exec(text)];
  const name = has?.[2] ?? none?.[1] ?? absent?.[1];
  const column = columns.find((one) => one.tags && name !== undefined && one.name === plain(name));
  if (!column) return null;
  if (none) return { column, code: column.missing, isNot: none[2] === "<>" };
  if (absent) return absent[2] ? null : { column, code: null, isNot: false };
  const code = column.codes.find((one) => valueOf(column, one) === has![3]);
  return code === undefined ? null : { column, code, isNot: has![1] !== undefined };
}

/** What such texts say of one column of tags: it holds any of some, or none of others. */
function readTags(parts: readonly string[], columns: readonly FilterColumn[]): ColumnFilter | null {
  const read = parts.map((part) => splitTop(unwrapped(part), "OR").map((one) => readTagTest(unwrapped(one), columns)));
  const column = read[0]?.[0]?.column;
  if (!column || read.flat().some((test) => test?.column !== column)) return null;
  const tests = read as TagTest[][];
  const first = tests[0]!;
  if (tests.length === 1 && first.every(({ isNot }) => !isNot)) return keptTags(first, column);
  const hidden = new Set<number>();
  for (const [one, other] of tests) {
    const negated = one!.isNot ? one : other;
    const isWhole = negated?.isNot && (negated.code === column.missing) === (other === undefined) && (one!.code === null) === (other !== undefined);
    if (!isWhole || negated.code === null) return null;
    hidden.add(negated.code);
  }
  return tests.every((some) => some.length <= 2) ? { slug: column.slug, hidden, range: null } : null;
}

function keptTags(tests: readonly TagTest[], column: FilterColumn): ColumnFilter | null {
  const kept = new Set(tests.map(({ code }) => code));
  // A missing list and an empty one are one value on the page.
  if (kept.has(null) !== kept.has(column.missing)) return null;
  const codes = [...column.codes, column.missing];
  return { slug: column.slug, hidden: new Set(codes.filter((code) => !kept.has(code))), range: null, isAny: true };
}
