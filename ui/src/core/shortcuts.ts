/** Plain traits that alone tell which reply was chosen: how they are called, and where their dots stand. */

interface Share {
  value: number | null;
  low: number;
  high: number;
  n: number;
}

/** What one trait alone tells. */
export interface Trait {
  rule: string;
  what: string;
  accuracy: Share;
  is_sure: boolean;
}

/** Traits over all pairs, and the parts of the data in which one tells more. */
export interface Shortcuts {
  rules: Trait[];
  parts: (Trait & { column: string; value: string; elsewhere: number | null })[];
  says: string;
}

const NAMES: Record<string, string> = { echo: "words of the prompt", looks: "all looks" };

/** What a trait is called. */
export function traitName(rule: string): string {
  return NAMES[rule] ?? rule;
}

/** Ends of the scale that holds all intervals and one half, a little wider than they are, within 0 to 1. */
export function scaleOf(found: Shortcuts): { low: number; high: number } {
  const ends = found.rules.flatMap(({ accuracy }) => [accuracy.low, accuracy.high]);
  const low = Math.min(0.5, ...ends);
  const high = Math.max(0.5, ...ends);
  const room = Math.max(0.02, 0.05 * (high - low));
  return { low: Math.max(0, low - room), high: Math.min(1, high + room) };
}

/** Place of a share on a scale, in per cent of its width. */
export function placeOf(share: number, { low, high }: { low: number; high: number }): number {
  return (100 * (Math.min(high, Math.max(low, share)) - low)) / (high - low);
}
