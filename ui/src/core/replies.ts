/** The two replies of a pair, turn by turn, with what differs between them. */
import { compare, type Segment } from "./diff";

interface Turn {
  role: string;
  text: string;
}

export interface MarkedTurn {
  role: string;
  parts: Segment[];
}

export interface ComparedReplies {
  chosen: MarkedTurn[];
  rejected: MarkedTurn[];
  /** What to say above the replies; null where marks speak for themselves. */
  note: "identical" | "unlike" | "too-long" | null;
}

/** Below this share of common words, marks would cover nearly all of both replies and tell nothing. */
const UNLIKE = 0.25;

const compared = new WeakMap<readonly Turn[], { rejected: readonly Turn[]; replies: ComparedReplies }>();

/** Turns compared in order: the first with the first, and so on. The same two are compared once. */
export function compareReplies(chosen: readonly Turn[], rejected: readonly Turn[]): ComparedReplies {
  const known = compared.get(chosen);
  if (known?.rejected === rejected) return known.replies;
  const replies = compareTurns(chosen, rejected);
  compared.set(chosen, { rejected, replies });
  return replies;
}

function compareTurns(chosen: readonly Turn[], rejected: readonly Turn[]): ComparedReplies {
  const both = Array.from({ length: Math.max(chosen.length, rejected.length) }, (_, i) => ({
    left: chosen[i],
    right: rejected[i],
    comparison: compare(chosen[i]?.text ?? "", rejected[i]?.text ?? ""),
  }));
  const isIdentical = both.every(({ left, right }) => left?.role === right?.role && left?.text === right?.text);
  const shared = both.reduce((sum, { comparison }) => sum + comparison.shared, 0) / Math.max(both.length, 1);
  const isCapped = both.some(({ comparison }) => comparison.isCapped);
  return {
    chosen: both.flatMap(({ left, comparison }) => (left ? [{ role: left.role, parts: comparison.left }] : [])),
    rejected: both.flatMap(({ right, comparison }) => (right ? [{ role: right.role, parts: comparison.right }] : [])),
    note: isIdentical ? "identical" : isCapped ? "too-long" : shared < UNLIKE ? "unlike" : null,
  };
}

/** A text without marks, in the form of marked ones. */
export function unmarked(text: string): Segment[] {
  return [{ text, isSame: true }];
}

/** The first `limit` characters, marks kept, and how many characters are left. */
export function clampSegments(parts: readonly Segment[], limit: number): { parts: Segment[]; hidden: number } {
  const kept: Segment[] = [];
  let room = limit;
  let total = 0;
  for (const part of parts) {
    total += part.text.length;
    if (room <= 0) continue;
    kept.push(part.text.length <= room ? part : { ...part, text: part.text.slice(0, room) });
    room -= part.text.length;
  }
  return { parts: kept, hidden: Math.max(0, total - limit) };
}

/** Pieces of at most about `size` characters each, cut at line ends where there are any: a browser lays out only those in sight. */
export function pieces(parts: readonly Segment[], size = 20_000): Segment[][] {
  const out: Segment[][] = [[]];
  let room = size;
  for (const part of parts) {
    let rest = part.text;
    while (rest.length > room) {
      const line = rest.lastIndexOf("\n", room - 1);
      const cut = line > 0 ? line + 1 : Math.max(room, 1);
      out[out.length - 1]!.push(cutOf(part, rest, cut));
      out.push([]);
      rest = rest.slice(cut);
      room = size;
    }
    if (rest !== "") out[out.length - 1]!.push(cutOf(part, rest, rest.length));
    room -= rest.length;
  }
  return out.filter((piece) => piece.length > 0);
}

/** The first `length` units of what is left of a part. */
function cutOf(part: Segment, rest: string, length: number): Segment {
  const at = part.at === undefined ? {} : { at: part.at + part.text.length - rest.length };
  return { ...part, text: rest.slice(0, length), ...at };
}
