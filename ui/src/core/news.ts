/** What others did, in a line. */

/** An event as its doer's name and a clause: "grace", "labelled 12 rows “rude” (tone)". */
export interface Deed {
  author: string;
  told: string;
}

const MOST_NAMED = 3;

/** `deeds`: the last ones of others, in order; `nMore`: how many came before them. "" where nobody did anything. */
export function newsLine(deeds: readonly Deed[], nMore = 0): string {
  const last = deeds[deeds.length - 1];
  if (!last) return "";
  const line = `${last.author} ${last.told}`;
  const before = deeds.slice(0, -1);
  const n = before.length + nMore;
  if (n === 0) return line;
  const others = [...new Set(before.map(({ author }) => author))].filter((author) => author !== last.author);
  const who = others.length === 0 ? "" : ` by ${others.length > MOST_NAMED ? `${others.length} others` : [last.author, ...others].join(", ")}`;
  return `${line}, and ${n} ${n === 1 ? "change" : "changes"} before${who}`;
}
