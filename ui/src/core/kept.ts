/** How many of a row's neighbours it keeps in other layouts of the same rows. */

export interface Kept {
  /** Name of the other layout. */
  name: string;
  n: number;
  of: number;
  /** "7 of its 15 nearest here are also nearest in" */
  words: string;
}

/** For each layout in which the row has neighbours, in the order of `layouts`. */
export function keptIn(shares: Readonly<Record<string, number>>, layouts: readonly { name: string; n_neighbors: number }[]): Kept[] {
  return layouts.flatMap(({ name, n_neighbors: of }) => {
    const share = shares[name];
    if (share === undefined) return [];
    const n = Math.round(share * of);
    return [{ name, n, of, words: `${n === 0 ? "None" : n} of its ${of} nearest here ${n === 1 ? "is" : "are"} also nearest in` }];
  });
}
