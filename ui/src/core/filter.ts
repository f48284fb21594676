/** Which rows the legend lets through. */

/** What is filtered out of one column: codes, or all codes outside a range. */
export interface ColumnFilter {
  slug: string;
  hidden: ReadonlySet<number>;
  /** Codes kept, both ends included; null keeps all. Missing values fall outside every range. */
  range: readonly [number, number] | null;
}

export const HIDDEN = 1;

export function isFiltering(filter: ColumnFilter): boolean {
  return filter.hidden.size > 0 || filter.range !== null;
}

export function lets(filter: ColumnFilter, code: number): boolean {
  if (filter.range && (code < filter.range[0] || code > filter.range[1])) return false;
  return !filter.hidden.has(code);
}

/**
 * One byte a row: HIDDEN where a filter shuts it out.
 *
 * `codes` has the codes of each filter's column, in the filters' order; a filter whose codes have not come lets all through.
 */
export function rowFlags(
  nRows: number,
  filters: readonly ColumnFilter[],
  codes: readonly (ArrayLike<number> | undefined)[],
): { flags: Uint8Array<ArrayBuffer>; nShown: number } {
  const flags = new Uint8Array(nRows);
  filters.forEach((filter, place) => {
    const column = codes[place];
    if (!column || !isFiltering(filter)) return;
    for (let i = 0; i < flags.length; i++) if (!lets(filter, column[i]!)) flags[i] = HIDDEN;
  });
  let nShown = 0;
  for (let i = 0; i < flags.length; i++) if (!(flags[i]! & HIDDEN)) nShown++;
  return { flags, nShown };
}
