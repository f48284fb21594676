/** How harmful a conversation is, turn by turn, as lines of a small chart. */

export interface TurnHarm {
  part: "prompt" | "chosen" | "rejected" | "turns" | "replies";
  reply: number;
  turn: number;
  role: string;
  harm: number | null;
}

export interface Dot {
  /** Place in the conversation, from 0. */
  place: number;
  harm: number;
  isHuman: boolean;
  /** "Turn 3, assistant: 0.62". */
  words: string;
}

export interface Line {
  /** "" of turns that all replies share. */
  name: string;
  isDashed: boolean;
  /** Of a reply the first is the turn that it goes on from, where there is one. */
  dots: Dot[];
  goesOn: boolean;
}

/** The shared turns as a line, and a line for each reply that goes on from them; turns without a figure are left out. */
export function linesOf(turns: readonly TurnHarm[]): Line[] {
  const shared = turns.filter(({ part }) => part === "turns" || part === "prompt");
  const stem = dotsOf(shared, 0, "");
  const lines: Line[] = stem.length ? [{ name: "", isDashed: false, goesOn: false, dots: stem }] : [];
  const last = stem.at(-1);
  for (const key of new Set(turns.filter((turn) => !shared.includes(turn)).map(keyOf))) {
    const own = turns.filter((turn) => !shared.includes(turn) && keyOf(turn) === key);
    const { part, reply } = own[0]!;
    const name = part === "replies" ? `reply ${reply + 1}` : part;
    const dots = dotsOf(own, shared.length, name);
    if (dots.length) lines.push({ name, isDashed: part === "rejected", goesOn: last !== undefined, dots: last ? [last, ...dots] : dots });
  }
  return lines;
}

/** Turns from the first to the last: 1 where there is but one. */
export function lengthOf(lines: readonly Line[]): number {
  return 1 + Math.max(0, ...lines.flatMap(({ dots }) => dots.map(({ place }) => place)));
}

/** The turns of a line without the one that it goes on from, which is another line's. */
export function ownDots({ dots, goesOn }: Line): Dot[] {
  return goesOn ? dots.slice(1) : dots;
}

/** What lines say to who cannot see it. */
export function wordsOf(lines: readonly Line[]): string {
  return lines.flatMap(ownDots).map(({ words }) => words).join("; ");
}

function dotsOf(turns: readonly TurnHarm[], before: number, name: string): Dot[] {
  return turns.flatMap(({ harm, role }, i) => {
    const who = name ? `${role}, ${name}` : role;
    return harm === null ? [] : [{ place: before + i, harm, isHuman: role !== "assistant", words: `Turn ${before + i + 1}, ${who}: ${harm.toFixed(2)}` }];
  });
}

function keyOf({ part, reply }: TurnHarm): string {
  return `${part} ${reply}`;
}
