/** What a row says as plain text: for copying, and for the first lines on the hover card. */

interface Turn {
  role: string;
  text: string;
}

type Said =
  | { kind: "text"; text: string }
  | { kind: "pair"; prompt: Turn[]; chosen: Turn[]; rejected: Turn[] }
  | { kind: "conversation"; turns: Turn[] }
  | { kind: "ranking"; prompt: Turn[]; replies: { turns: Turn[]; rank: number | null; name: string }[] }
  | { kind: "red-team"; turns: Turn[] };

/** The whole row as plain text, its parts named. */
export function plainText(reading: Said): string {
  switch (reading.kind) {
    case "text":
      return reading.text;
    case "pair":
      return parts(reading.prompt, ["Chosen", reading.chosen], ["Rejected", reading.rejected]);
    case "ranking":
      return parts(reading.prompt, ...reading.replies.map(({ rank, turns }, i) => [rank === null ? `Reply ${i + 1}` : `Rank ${rank}`, turns] as const));
    default:
      return written(reading.turns);
  }
}

/** The turns that labels of parts of a row, or of its reply, count in. */
export function turnsOf(reading: Said, side: "chosen" | "rejected" | null): Turn[] {
  switch (reading.kind) {
    case "text":
      return [{ role: "", text: reading.text }];
    case "pair":
      return side ? reading[side] : reading.prompt;
    case "ranking":
      return reading.prompt;
    default:
      return reading.turns;
  }
}

/** What was asked: the last human turn of the prompt, else its last turn; "" where there is none. */
export function question(turns: readonly Turn[]): string {
  return (turns.findLast((turn) => turn.role === "human") ?? turns.at(-1))?.text ?? "";
}

const READ = new Set(["text", "prompt", "chosen", "rejected", "replies", "transcript"]);

/** The columns that the reading already shows, by their roles: a reader need not see them twice. */
export function columnsInReading(columns: readonly { name: string; role?: string | null }[]): string[] {
  return columns.filter(({ role }) => role && READ.has(role)).map(({ name }) => name);
}

function parts(prompt: Turn[], ...replies: (readonly [string, Turn[]])[]): string {
  return [written(prompt), ...replies.map(([name, turns]) => `[${name}]\n${written(turns)}`)]
    .filter(Boolean)
    .join("\n\n");
}

/** Turns as plain text; one alone without its role. */
export function plainTurns(turns: readonly Turn[]): string {
  return turns.length === 1 ? turns[0]!.text : written(turns);
}

function written(turns: readonly Turn[]): string {
  return turns.map(({ role, text }) => `${role.charAt(0).toUpperCase()}${role.slice(1)}: ${text}`).join("\n\n");
}
