/** A filter in words: chips, the table's head and captions say it alike. */

import type { Extra, FilterParts } from "./clauses";
import type { ColumnFilter } from "./filter";
import type { FilterColumn } from "./filter-text";
import { columnName, counted, moment, number } from "./format";

const HOW: Record<Extra["kind"], [string, string]> = {
  area: ["within", "outside"],
  words: ["with", "without"],
  meaning: ["like", "unlike"],
  rows: ["only", "all but"],
  expression: ["where", "where not"],
};
const MOST_NAMED = 3;

/** How a part filters and by what; drawn areas are numbered as they came. */
export function extraWords(extras: readonly Extra[], place: number, noun: string): { how: string; what: string } {
  const extra = extras[place]!;
  return { how: HOW[extra.kind][extra.isNot ? 1 : 0], what: whatOf(extra, extras.slice(0, place), noun) };
}

function whatOf(extra: Extra, before: readonly Extra[], noun: string): string {
  switch (extra.kind) {
    case "area":
      return `Area ${1 + before.filter(({ kind }) => kind === "area").length}`;
    case "words":
      return extra.query;
    case "meaning":
      return typeof extra.like === "number" ? `${noun} ${extra.like}` : extra.like;
    case "rows":
      return counted(extra.rowIds.length, noun);
    case "expression":
      return extra.sql;
  }
}

/** What words need to know of the map. */
export interface Told {
  columns: readonly FilterColumn[];
  /** The name of a value: a cluster's is not in its column. */
  clusterName: (layer: number, clusterId: number) => string;
  noun: string;
}

/** The whole filter as one line; "" where there is none. */
export function filterWords({ columns, extras, join }: FilterParts, told: Told): string {
  const ofColumns = columns.map((filter) => columnWords(filter, told));
  const others = extras.map((_, place) => {
    const { how, what } = extraWords(extras, place, told.noun);
    return `${how} ${what}`;
  });
  return [...ofColumns, ...others].filter(Boolean).join(join === "and" ? " · " : " or ");
}

function columnWords(filter: ColumnFilter, told: Told): string {
  const column = told.columns.find(({ slug }) => slug === filter.slug);
  if (!column) return "";
  const name = column.kind === "cluster" ? "topic" : columnName(column.name);
  return [...rangeWords(name, filter, column), ...valueWords(name, filter, { column, told })].join(" · ");
}

function rangeWords(name: string, { range }: ColumnFilter, column: FilterColumn): string[] {
  if (!range) return [];
  const [low, high] = range.map((value) => (column.kind === "time" ? moment(value, range[1] - range[0]) : number(value)));
  return [`${name} ${low} to ${high}`];
}

function valueWords(name: string, { hidden, isAny }: ColumnFilter, { column, told }: { column: FilterColumn; told: Told }): string[] {
  if (hidden.size === 0) return [];
  const { codes } = column;
  const label = (code: number) =>
    column.kind === "cluster" ? told.clusterName(column.layer ?? 0, code) : String(column.values?.[code]?.[0] ?? "");
  const kept = codes.filter((code) => !hidden.has(code));
  const away = codes.filter((code) => hidden.has(code));
  const isMissingAway = hidden.has(column.missing);
  if (column.tags) return tagWords(name, { isAny, kept: kept.map(label), away: away.map(label), isMissingAway });
  if (kept.length === 0) return [isMissingAway ? `no ${name}` : `${name} without a value`];
  if (away.length === 0) return isMissingAway ? [`${name} with a value`] : [];
  if (kept.length <= MOST_NAMED && kept.length <= away.length) return [`${name}: ${kept.map(label).join(", ")}`];
  if (away.length <= MOST_NAMED) return [`${name}: not ${away.map(label).join(", ")}`];
  return [`${name}: ${kept.length} of ${codes.length}`];
}

/** A row may have several tags: to keep one is not to leave out the others. */
function tagWords(
  name: string,
  { isAny, kept, away, isMissingAway }: { isAny: true | undefined; kept: string[]; away: string[]; isMissingAway: boolean },
): string[] {
  const told = isAny ? [...kept, ...(isMissingAway ? [] : ["none"])] : [...away, ...(isMissingAway ? ["none"] : [])];
  const few = told.length <= MOST_NAMED ? told.join(isAny ? " or " : ", ") : `${told.length} of ${kept.length + away.length}`;
  return [isAny ? `${name}: ${few}` : `${name}: not ${few}`];
}
