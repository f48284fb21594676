/** How a column's values lie in a part of the map, beside the whole: shares and how many times as frequent. */

export interface CountPair {
  inside: number;
  whole: number;
}

/** Share of rows inside over the share in all; null where the whole has none. */
export function lift({ inside, whole }: CountPair, nInside: number, n: number): number | null {
  if (whole === 0 || nInside === 0 || n === 0) return null;
  return inside / nInside / (whole / n);
}

/** "2.1× as frequent here", said short: "2.1×"; "" where it is about as everywhere. */
export function liftWords(value: number | null): string {
  if (value === null || (value > 0.9 && value < 1.1)) return "";
  return value >= 10 ? `${Math.round(value)}×` : `${value.toFixed(1)}×`;
}

/** Heights of the bins as shares of their own rows, the highest of both at 1. */
export function heights(inside: readonly number[], whole: readonly number[]): { inside: number[]; whole: number[] } {
  const shares = (counts: readonly number[]) => {
    const total = counts.reduce((sum, count) => sum + count, 0) || 1;
    return counts.map((count) => count / total);
  };
  const [a, b] = [shares(inside), shares(whole)];
  const most = Math.max(...a, ...b) || 1;
  return { inside: a.map((share) => share / most), whole: b.map((share) => share / most) };
}
