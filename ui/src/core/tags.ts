/** Columns whose values are lists of strings: the tiles have a code for each whole list, the page tells of single tags. */

import type { CodedColumn } from "./facets";

/** The code of rows without a tag among the codes of tags. */
export const NO_TAG = 2 ** 32 - 1;

/** How the codes of whole lists become tags. */
export interface TagTable {
  /** Tags of each whole list, by their places in the column's `values`, as they came and each once; null: the empty list. */
  lists: readonly (readonly number[] | null)[];
  /** Rows of the map whose list is not empty. */
  nTagged: number;
}

type Split = Required<Pick<CodedColumn, "values">> & { tags: TagTable };

const made = new WeakMap<CodedColumn, Split>();

/** The column with its tags for values, the most frequent first; any other column as it is. */
export function byTags<C extends CodedColumn>(column: C): C & Pick<CodedColumn, "tags"> {
  if (!column.is_list || column.tags) return column;
  const known = made.get(column) ?? split(column);
  made.set(column, known);
  return { ...column, ...known, missing: NO_TAG };
}

function split(column: CodedColumn): Split {
  const lists = (column.values ?? []).map(([value]) => JSON.parse(String(value)) as (string | null)[]);
  const rowsOf = (place: number) => column.values?.[place]?.[1] ?? 0;
  const totals = new Map<string, number>();
  lists.forEach((list, place) => {
    for (const tag of new Set(list)) if (tag !== null) totals.set(tag, (totals.get(tag) ?? 0) + rowsOf(place));
  });
  const values = [...totals].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const placeOf = new Map(values.map(([tag], place) => [tag, place]));
  const places = lists.map((list) => (list.length === 0 ? null : [...new Set(list.flatMap((tag) => (tag === null ? [] : placeOf.get(tag)!)))]));
  const nTagged = places.reduce((sum, list, place) => sum + (list ? rowsOf(place) : 0), 0);
  return { values, tags: { lists: places, nTagged } };
}

/** Rows of each tag, those without one last, from counts by code, the missing last. A row counts for each of its tags. */
export function countsByTag({ values, tags }: CodedColumn, counts: readonly number[]): readonly number[] {
  if (!tags || !values) return counts;
  const byTag = new Array<number>(values.length + 1).fill(0);
  counts.slice(0, -1).forEach((count, code) => {
    for (const place of tags.lists[code] ?? [values.length]) byTag[place]! += count;
  });
  byTag[values.length]! += counts[counts.length - 1] ?? 0;
  return byTag;
}

/** What stands for a whole list in colours: its first tag, by the colours of tags. */
export function ofFirstTags<T>({ lists }: TagTable, colors: readonly T[], none: T): T[] {
  return lists.map((list) => colors[list?.[0] ?? -1] ?? none);
}
