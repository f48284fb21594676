/** The little that the page must know of SQL: where a condition falls into parts. Reading it is the server's. */

interface Token {
  /** Upper case; of what stands in quotes: "". */
  word: string;
  start: number;
  end: number;
  depth: number;
}

/** The parts of a condition between `word` ("AND", "OR") that stand in no parentheses, quotes or CASE; trimmed. */
export function splitTop(text: string, word: "AND" | "OR"): string[] {
  const parts: string[] = [];
  let start = 0;
  let isBetween = false;
  for (const token of tokens(text)) {
    if (token.depth > 0) continue;
    if (token.word === "BETWEEN") isBetween = true;
    else if (token.word === "AND" && isBetween) isBetween = false;
    else if (token.word === word) {
      parts.push(text.slice(start, token.start).trim());
      start = token.end;
    }
  }
  return [...parts, text.slice(start).trim()];
}

/** The text without parentheses that hold all of it. */
export function unwrapped(text: string): string {
  let inner = text.trim();
  while (inner.startsWith("(") && closes(inner) === inner.length - 1) inner = inner.slice(1, -1).trim();
  return inner;
}

/** Where the first parenthesis closes. */
function closes(text: string): number {
  for (const { word, start, depth } of tokens(text)) if (word === ")" && depth === 0) return start;
  return -1;
}

function* tokens(text: string): Generator<Token> {
  const pattern = /'(?:[^']|'')*'?|"(?:[^"]|"")*"?|[A-Za-z_]\w*|[()]/g;
  let depth = 0;
  for (const { 0: found, index: start } of text.matchAll(pattern)) {
    const word = /^['"]/.test(found) ? "" : found.toUpperCase();
    if (word === ")" || word === "END") depth = Math.max(0, depth - 1);
    yield { word, start, end: start + found.length, depth };
    if (word === "(" || word === "CASE") depth++;
  }
}
