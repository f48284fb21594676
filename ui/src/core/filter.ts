/** What is filtered out of one column. */

export interface ColumnFilter {
  slug: string;
  /** Codes whose rows are left out: values, clusters, or the missing. */
  hidden: ReadonlySet<number>;
  /** Numbers and times kept, in the column's unit (seconds since 1970), both ends included; null keeps all. */
  range: readonly [number, number] | null;
  /** Of tags, of which a row may have several: it is kept where any of its tags is. Otherwise one that is hidden leaves it out. */
  isAny?: true;
}

/** A row's flag: a filter shuts it out. */
export const HIDDEN = 1;

export function isFiltering(filter: ColumnFilter): boolean {
  return filter.hidden.size > 0 || filter.range !== null;
}

/**
 * One byte a row of a tile: HIDDEN where its bit is 0 or where it lies before `from`, a place in tile order.
 *
 * `mask`: a bit for each row of the map in tile order; `start`: the tile's first row.
 */
export function flagsOf(mask: Uint8Array, { start, count, from = 0 }: { start: number; count: number; from?: number }): {
  flags: Uint8Array<ArrayBuffer>;
  nShown: number;
} {
  const flags = new Uint8Array(count);
  let nShown = 0;
  for (let i = 0; i < count; i++) {
    const place = start + i;
    if (place >= from && (mask[place >> 3]! >> (place & 7)) & 1) nShown++;
    else flags[i] = HIDDEN;
  }
  return { flags, nShown };
}

/** Whether any row from `start` to `end` (not included) has its bit. */
export function hasAny(mask: Uint8Array, start: number, end: number): boolean {
  for (let place = start; place < end; ) {
    if ((place & 7) === 0 && place + 8 <= end) {
      if (mask[place >> 3] !== 0) return true;
      place += 8;
    } else {
      if ((mask[place >> 3]! >> (place & 7)) & 1) return true;
      place++;
    }
  }
  return false;
}
