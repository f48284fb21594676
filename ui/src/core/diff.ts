/**
 * Word-wise comparison of two texts, for marking what differs between two replies.
 *
 * Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), on words; huge or very different texts stop at a cap.
 */

/** A run of text. `isSame` is true where the other text has it too. */
export interface Segment {
  text: string;
  isSame: boolean;
  /** Where it begins in the text that labels of parts count in, UTF-16 units; missing: nobody labels it. */
  at?: number;
  /** Labels of parts that hold it. */
  spans?: readonly SpanMark[];
}

/** A label of a part of a text, in UTF-16 units from `start` to before `end`. */
export interface SpanMark {
  start: number;
  end: number;
  value: string;
  /** A CSS colour. */
  color: string;
}

export interface Comparison {
  left: Segment[];
  right: Segment[];
  /** Share of the words of both texts that are common, in [0, 1]. */
  shared: number;
  /** True where the texts were too long or too different to compare word by word. */
  isCapped: boolean;
}

// A word, one sign of a script that writes without spaces, a run of white space, or one other sign.
const WORDS =
  /\s+|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]|[\p{L}\p{N}\p{M}_'’]+|[^\s]/gu;

const MAX_WORDS = 20_000;
const MAX_EDITS = 1_500;

/** The words, signs and spaces of a text; joined they give the text again. */
export function words(text: string): string[] {
  return text.match(WORDS) ?? [];
}

/** What two texts share and where they differ. */
export function compare(left: string, right: string): Comparison {
  // A text too long for the cap is not even cut into words: 5 MB would give a million of them.
  if (Math.max(left.length, right.length) > MAX_WORDS * 8) return capped(left, right);
  const a = words(left);
  const b = words(right);
  const start = commonStart(a, b);
  const end = commonEnd(a, b, start);
  const matches = matchMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end));
  if (matches === null) return capped(left, right);

  const sameA = new Uint8Array(a.length);
  const sameB = new Uint8Array(b.length);
  for (let i = 0; i < start; i++) sameA[i] = sameB[i] = 1;
  for (let i = 1; i <= end; i++) sameA[a.length - i] = sameB[b.length - i] = 1;
  for (const [i, j] of readableRuns(matches, a.slice(start))) sameA[start + i] = sameB[start + j] = 1;

  return {
    left: segments(a, sameA),
    right: segments(b, sameB),
    shared: sharedShare(a, sameA, b, sameB),
    isCapped: false,
  };
}

/** The text from a few words before its first difference, so that a clamped reply shows what differs. */
export function fromFirstDifference(parts: Segment[], leadChars = 48): Segment[] {
  const [first, ...rest] = parts;
  if (first === undefined || !first.isSame || rest.length === 0 || first.text.length <= leadChars * 2) return parts;
  const cut = first.text.indexOf(" ", first.text.length - leadChars);
  const lead = first.text.slice(cut < 0 ? first.text.length - leadChars : cut + 1);
  return [{ text: `… ${lead}`, isSame: true }, ...rest];
}

function capped(left: string, right: string): Comparison {
  return { left: [{ text: left, isSame: false }], right: [{ text: right, isSame: false }], shared: 0, isCapped: true };
}

function commonStart(a: string[], b: string[]): number {
  const limit = Math.min(a.length, b.length);
  let n = 0;
  while (n < limit && a[n] === b[n]) n++;
  return n;
}

function commonEnd(a: string[], b: string[], start: number): number {
  const limit = Math.min(a.length, b.length) - start;
  let n = 0;
  while (n < limit && a[a.length - 1 - n] === b[b.length - 1 - n]) n++;
  return n;
}

/** Pairs of places of a longest common subsequence, or null beyond the caps. */
function matchMiddle(a: string[], b: string[]): [number, number][] | null {
  if (a.length + b.length > MAX_WORDS) return null;
  const limit = Math.min(a.length + b.length, MAX_EDITS);
  const width = 2 * limit + 3;
  const reach = new Int32Array(width);
  const history: Int32Array[] = [];
  for (let edits = 0; edits <= limit; edits++) {
    // Only the diagonals -edits … edits can have changed: keep those alone, so that memory grows with the edits.
    history.push(reach.slice(limit + 1 - edits - 1, limit + 1 + edits + 2));
    for (let k = -edits; k <= edits; k += 2) {
      const at = limit + 1 + k;
      const goesDown = k === -edits || (k !== edits && reach[at - 1]! < reach[at + 1]!);
      let x = goesDown ? reach[at + 1]! : reach[at - 1]! + 1;
      let y = x - k;
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x++;
        y++;
      }
      reach[at] = x;
      if (x >= a.length && y >= b.length) return walkBack(history, a.length, b.length);
    }
  }
  return null;
}

function walkBack(history: Int32Array[], endX: number, endY: number): [number, number][] {
  const matches: [number, number][] = [];
  let x = endX;
  let y = endY;
  for (let edits = history.length - 1; edits >= 0; edits--) {
    const reach = history[edits]!;
    const middle = edits + 1;
    const k = x - y;
    const goesDown = k === -edits || (k !== edits && reach[middle + k - 1]! < reach[middle + k + 1]!);
    const before = goesDown ? k + 1 : k - 1;
    const beforeX = edits === 0 ? 0 : reach[middle + before]!;
    const beforeY = edits === 0 ? 0 : beforeX - before;
    while (x > beforeX && y > beforeY && x > 0 && y > 0) {
      matches.push([--x, --y]);
    }
    x = beforeX;
    y = beforeY;
  }
  return matches.reverse();
}

/** Drops lone matches ("the", a comma) between differences: marked word salad is harder to read than a marked phrase. */
function readableRuns(matches: [number, number][], a: string[]): [number, number][] {
  const kept: [number, number][] = [];
  let run: [number, number][] = [];
  const close = () => {
    const letters = run.reduce((sum, [i]) => sum + a[i]!.trim().length, 0);
    if (run.length >= 3 && letters >= 6) kept.push(...run);
    run = [];
  };
  for (const match of matches) {
    const last = run[run.length - 1];
    if (last && (match[0] !== last[0] + 1 || match[1] !== last[1] + 1)) close();
    run.push(match);
  }
  close();
  return kept;
}

function segments(parts: string[], same: Uint8Array): Segment[] {
  const out: Segment[] = [];
  parts.forEach((text, i) => {
    const isSame = same[i] === 1;
    const last = out[out.length - 1];
    if (last && last.isSame === isSame) last.text += text;
    else out.push({ text, isSame });
  });
  return out;
}

function sharedShare(a: string[], sameA: Uint8Array, b: string[], sameB: Uint8Array): number {
  let total = 0;
  let common = 0;
  const count = (parts: string[], same: Uint8Array) =>
    parts.forEach((word, i) => {
      if (word.trim() === "") return;
      total++;
      common += same[i]!;
    });
  count(a, sameA);
  count(b, sameB);
  return total === 0 ? 1 : common / total;
}
