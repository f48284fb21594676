/** How numbers, times and values are written on the page. One place, so that all panels write them alike. */

const WHOLE = new Intl.NumberFormat("en-US");

/** 6436 → "6,436". */
export function count(n: number): string {
  return WHOLE.format(n);
}

/** counted(1, 'row') → "1 row"; counted(6436, 'row') → "6,436 rows". */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A measured number with at most three significant digits: 0.1234 → "0.123", 12345.6 → "12,346". */
export function number(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return WHOLE.format(value);
  const size = Math.abs(value);
  if (size >= 1000) return WHOLE.format(Math.round(value));
  if (size < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

/** A share in [0, 1] as "42 %"; tiny but not zero is "< 1 %". */
export function percent(share: number): string {
  if (share > 0 && share < 0.005) return "< 1 %";
  return `${Math.round(share * 100)} %`;
}

/** A span in seconds in the unit one would say: "8 ms", "1.4 s", "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joined(Math.floor(whole / 60), "min", whole % 60, "s");
  return joined(Math.floor(whole / 3600), "h", Math.floor((whole % 3600) / 60), "min");
}

/** A moment in seconds since 1970 as a date, with the time of day where the span shown is short. */
export function moment(secondsSince1970: number, spanSeconds = Infinity): string {
  const date = new Date(secondsSince1970 * 1000);
  const day: Intl.DateTimeFormatOptions = { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" };
  const clock: Intl.DateTimeFormatOptions = spanSeconds < 4 * 86_400 ? { hour: "2-digit", minute: "2-digit" } : {};
  return new Intl.DateTimeFormat("en-GB", { ...day, ...clock }).format(date);
}

/** When somebody did something, where one sits: "2026-11-21T14:30:00Z" → "Nov 21, 2026, 2:30 PM". */
export function dayAndTime(time: string): string {
  return new Date(time).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
}

/** A column's name in words: "label_confidence" → "label confidence". */
export function columnName(name: string): string {
  return name.replace(/[_\s]+/g, " ").trim() || name;
}

/** A cell as one line of text. Empty and missing values are said, not left blank. */
export function value(cell: unknown): string {
  if (cell === null || cell === undefined) return "missing";
  if (cell === "") return "empty";
  if (typeof cell === "number") return number(cell);
  if (typeof cell === "boolean") return String(cell);
  if (typeof cell === "string") return cell;
  return JSON.stringify(cell);
}

/** The first line with words in it, cut at `limit` characters on a whole word. */
export function firstLine(text: string, limit = 160): string {
  const line =
    text
      .slice(0, limit * 8)
      .split("\n")
      .find((part) => part.trim() !== "")
      ?.trim() ?? "";
  if (line.length <= limit) return line;
  const cut = line.lastIndexOf(" ", limit);
  return `${line.slice(0, cut > limit / 2 ? cut : limit).trimEnd()}…`;
}

function joined(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

const NOUNS: Record<string, string> = {
  pair: "pair",
  conversation: "conversation",
  ranking: "ranking",
  "red-team": "attempt",
};

/** Whether rows of a kind have an audit: pairs, and rankings, whose best and worst reply are a pair. */
export function hasAudit(kind: string): boolean {
  return kind === "pair" || kind === "ranking";
}

/** What one row of a map is called: "pair", "conversation" …, "text". */
export function rowNoun(kind: string): string {
  return NOUNS[kind] ?? "text";
}
