/** Filter expressions that need no database, read: docs/filters.md has the whole grammar, docs/publish.md this part. */

export type Value = string | number | boolean;

export type Condition =
  | { kind: "join"; how: "and" | "or"; parts: Condition[] }
  | { kind: "not"; part: Condition }
  | { kind: "constant"; value: boolean }
  | { kind: "in"; column: string; values: Value[] }
  | { kind: "like"; column: string; pattern: RegExp }
  | { kind: "between"; column: string; low: Bound | null; high: Bound | null }
  | { kind: "missing"; column: string }
  /** A list holds a tag; null: it is empty. */
  | { kind: "tag"; column: string; tag: string | null }
  | { kind: "area"; layout: string; polygon: [number, number][] }
  | { kind: "text"; query: string };

/** One end of a range. Texts are times. */
export interface Bound {
  value: number | string;
  isIn: boolean;
}

/** What cannot be read here, with its place in the text. */
export class WhereError extends Error {
  override name = "WhereError";
}

type Kind = "name" | "quoted" | "text" | "number" | "sign" | "end";

interface Token {
  kind: Kind;
  text: string;
  at: number;
}

const TOKENS = /\s+|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|(\d+(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+)|([\p{L}_][\p{L}\p{N}_]*)|(<=|>=|<>|!=|==|[-=<>(),[\]])/giuy;
const SIGNS: Record<string, "in" | "<" | ">" | "<=" | ">=" | "not in"> = {
  "=": "in", "==": "in", "<>": "not in", "!=": "not in", "<": "<", ">": ">", "<=": "<=", ">=": ">=",
};
const HOLDS = new Set(["list_contains", "list_has", "array_contains", "array_has"]);
const KEYWORDS = new Set(["and", "or", "not", "in", "between", "is", "null", "true", "false", "like", "ilike"]);

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    TOKENS.lastIndex = at;
    const found = TOKENS.exec(text);
    if (!found) throw new WhereError(`at character ${at + 1}`);
    const [all, quoted, string, number, name, sign] = found;
    if (quoted !== undefined) tokens.push({ kind: "quoted", text: quoted.replaceAll('""', '"'), at });
    else if (string !== undefined) tokens.push({ kind: "text", text: string.replaceAll("''", "'"), at });
    else if (number !== undefined) tokens.push({ kind: "number", text: number, at });
    else if (name !== undefined) tokens.push({ kind: "name", text: name, at });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign, at });
    at += all.length;
  }
  return [...tokens, { kind: "end", text: "", at }];
}

/** Reads a filter expression. Throws WhereError where it says what only a database can answer. */
export function parseWhere(text: string): Condition {
  const parser = new Parser(tokensOf(text));
  return parser.whole();
}

class Parser {
  #at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Condition {
    const condition = this.#or();
    if (this.#peek.kind !== "end") this.#fail();
    return condition;
  }

  #or(): Condition {
    return this.#joined("or", () => this.#and());
  }

  #and(): Condition {
    return this.#joined("and", () => this.#not());
  }

  #joined(how: "and" | "or", next: () => Condition): Condition {
    const parts = [next()];
    while (this.#takeWord(how)) parts.push(next());
    return parts.length === 1 ? parts[0]! : { kind: "join", how, parts };
  }

  #not(): Condition {
    return this.#takeWord("not") ? { kind: "not", part: this.#not() } : this.#part();
  }

  #part(): Condition {
    if (this.#takeSign("(")) {
      const inside = this.#or();
      this.#expectSign(")");
      return inside;
    }
    for (const value of [true, false]) if (this.#takeWord(String(value))) return { kind: "constant", value };
    const call = this.#call();
    return call ?? this.#comparison(this.#column());
  }

  /** `text('…')`, `in_area('…', '…')` or `list_contains(COLUMN, '…')`; null where none stands here. */
  #call(): Condition | null {
    const name = this.#peek.text.toLowerCase();
    if (this.#peek.kind !== "name" || this.tokens[this.#at + 1]?.text !== "(") return null;
    if (HOLDS.has(name)) return this.#tagged();
    if (!["text", "in_area"].includes(name)) return null;
    this.#at += 2;
    const [first] = [this.#string()];
    if (name === "text") {
      this.#expectSign(")");
      return { kind: "text", query: first };
    }
    this.#expectSign(",");
    const polygon = this.#string().split(",").map((pair) => pair.trim().split(/\s+/).map(Number));
    this.#expectSign(")");
    if (polygon.length < 3 || polygon.some((pair) => pair.length !== 2 || !pair.every(Number.isFinite))) this.#fail();
    return { kind: "area", layout: first, polygon: polygon as [number, number][] };
  }

  #tagged(): Condition {
    this.#at += 2;
    const column = this.#column();
    this.#expectSign(",");
    const tag = this.#string();
    this.#expectSign(")");
    return { kind: "tag", column, tag };
  }

  #column(): string {
    const token = this.#peek;
    const isTime = token.kind === "name" && token.text.toLowerCase() === "time" && this.tokens[this.#at + 1]?.text === "(";
    if (isTime) {
      this.#at += 2;
      const name = this.#column();
      this.#expectSign(")");
      return name;
    }
    if (token.kind !== "quoted" && (token.kind !== "name" || KEYWORDS.has(token.text.toLowerCase()))) this.#fail();
    this.#at++;
    return token.text;
  }

  #comparison(column: string): Condition {
    if (this.#takeWord("is")) {
      const isNot = this.#takeWord("not");
      if (!this.#takeWord("null")) this.#fail();
      return negated({ kind: "missing", column }, isNot);
    }
    const isNot = this.#takeWord("not");
    if (this.#takeWord("in")) return negated({ kind: "in", column, values: this.#list() }, isNot);
    if (this.#takeWord("between")) {
      const low = this.#bound(true);
      if (!this.#takeWord("and")) this.#fail();
      return negated({ kind: "between", column, low, high: this.#bound(true) }, isNot);
    }
    for (const word of ["like", "ilike"]) {
      if (this.#takeWord(word)) return negated({ kind: "like", column, pattern: likePattern(this.#string(), word) }, isNot);
    }
    const sign = this.#peek.kind === "sign" ? SIGNS[this.#peek.text] : undefined;
    if (isNot || !sign) this.#fail();
    this.#at++;
    if ((sign === "in" || sign === "not in") && this.#takeSign("[")) {
      this.#expectSign("]");
      return negated({ kind: "tag", column, tag: null }, sign === "not in");
    }
    if (sign === "in" || sign === "not in") return negated({ kind: "in", column, values: [this.#value()] }, sign === "not in");
    const bound = this.#bound(sign.endsWith("="));
    return sign.startsWith("<") ? { kind: "between", column, low: null, high: bound } : { kind: "between", column, low: bound, high: null };
  }

  #list(): Value[] {
    this.#expectSign("(");
    const values = [this.#value()];
    while (this.#takeSign(",")) values.push(this.#value());
    this.#expectSign(")");
    return values;
  }

  #bound(isIn: boolean): Bound {
    const value = this.#value();
    if (typeof value === "boolean") this.#fail();
    return { value: value as number | string, isIn };
  }

  #value(): Value {
    const isMinus = this.#takeSign("-");
    for (const word of ["timestamp", "timestamptz", "date"]) if (this.tokens[this.#at + 1]?.kind === "text") this.#takeWord(word);
    const token = this.#peek;
    this.#at++;
    if (token.kind === "number") return (isMinus ? -1 : 1) * Number(token.text);
    if (token.kind === "text" && !isMinus) return token.text;
    if (token.kind === "name" && /^(true|false)$/i.test(token.text)) return token.text.toLowerCase() === "true";
    this.#at--;
    return this.#fail();
  }

  #string(): string {
    const token = this.#peek;
    if (token.kind !== "text") this.#fail();
    this.#at++;
    return token.text;
  }

  get #peek(): Token {
    return this.tokens[this.#at]!;
  }

  #takeWord(word: string): boolean {
    const isHere = this.#peek.kind === "name" && this.#peek.text.toLowerCase() === word;
    if (isHere) this.#at++;
    return isHere;
  }

  #takeSign(sign: string): boolean {
    const isHere = this.#peek.kind === "sign" && this.#peek.text === sign;
    if (isHere) this.#at++;
    return isHere;
  }

  #expectSign(sign: string): void {
    if (!this.#takeSign(sign)) this.#fail();
  }

  #fail(): never {
    throw new WhereError(`at character ${this.#peek.at + 1}`);
  }
}

function negated(condition: Condition, isNot: boolean): Condition {
  return isNot ? { kind: "not", part: condition } : condition;
}

function likePattern(like: string, word: string): RegExp {
  const pattern = like.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replaceAll("%", "[^]*").replaceAll("_", "[^]");
  return new RegExp(`^${pattern}$`, word === "ilike" ? "iu" : "u");
}

/** Seconds since 1970 of a date or time as text, in UTC where it names no zone; NaN where it is none. */
export function secondsOf(text: string): number {
  const plain = text.trim().replace(" ", "T");
  const hasZone = /(Z|[-+]\d\d:?\d\d)$/i.test(plain) || !plain.includes("T");
  return Date.parse(hasZone ? plain : `${plain}Z`) / 1000;
}
