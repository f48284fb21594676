/**
 * What a person types into the search box: words, "an exact phrase", -without, -"without this phrase".
 *
 * As `core/query.py` does it: case, accents and the width of letters make no difference; in scripts written without
 * spaces a word is any run of characters.
 */

const NO_SPACES =
  "\\u0e00-\\u0eff\\u0f00-\\u0fff\\u1000-\\u109f\\u1100-\\u11ff\\u1780-\\u17ff\\u3040-\\u30ff\\u3130-\\u318f\\u31f0-\\u31ff" +
  "\\u3400-\\u4dbf\\u4e00-\\u9fff\\ua960-\\ua97f\\uac00-\\ud7ff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
const SPACED = `(?:(?![${NO_SPACES}])[\\p{L}\\p{N}])`;
const TOKEN = new RegExp(`[${NO_SPACES}]|${SPACED}+`, "gu");
const IS_UNSPACED = new RegExp(`^[${NO_SPACES}]`, "u");
const PART = /(-?)"([^"]*)(?:"|$)|(\S+)/gu;
const QUOTES = /[\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\uff02]/g;
const ACCENTS = /[\u0300-\u036f]/g;
const CHEROKEE = /[\u13a0-\u13fd\uab70-\uabbf]/;
const MOST_TERMS = 32;
const MOST_TOKENS = 64;
const LONGEST_TOKEN = 40;

/** Tokens that must stand side by side: one for a word, several for a phrase or a word without spaces. */
export type Term = readonly string[];

export interface WordQuery {
  words: Term[];
  phrases: Term[];
  without: Term[];
}

/** `text` without case, accents and letter widths. */
export function fold(text: string): string {
  return foldWithPlaces(text).folded;
}

/** The folded text, and for each of its characters its place in `text`, in UTF-16 units. */
export function foldWithPlaces(text: string): { folded: string; places: number[] } {
  const places: number[] = [];
  let folded = "";
  let at = 0;
  for (const character of text) {
    const plain = foldCharacter(character);
    folded += plain;
    for (let i = 0; i < plain.length; i++) places.push(at);
    at += character.length;
  }
  return { folded, places };
}

const known = new Map<string, string>();

function foldCharacter(character: string): string {
  let folded = known.get(character);
  if (folded === undefined) {
    const plain = character.normalize("NFKD").replace(ACCENTS, "");
    // Unicode folds Cherokee to its capitals.
    const lower = CHEROKEE.test(plain) ? plain.toUpperCase() : plain.toLowerCase();
    folded = lower.replaceAll("ß", "ss").replaceAll("ς", "σ").normalize("NFC");
    known.set(character, folded);
  }
  return folded;
}

/** The tokens of a folded text, in order. */
export function tokensOf(folded: string): string[] {
  return folded.match(TOKEN) ?? [];
}

/** The query that `text` asks. Unbalanced quotes close at the end, odd characters are passed over. */
export function parseQuery(text: string): WordQuery {
  const query: WordQuery = { words: [], phrases: [], without: [] };
  for (const [, minus = "", phrase = "", word = ""] of text.replace(QUOTES, '"').replaceAll("\0", " ").matchAll(PART)) {
    const isMinus = minus !== "" || (word.startsWith("-") && word.length > 1);
    const tokens = tokensOf(fold(phrase || word)).slice(0, MOST_TOKENS);
    if (tokens.length === 0 || tokens.some((token) => [...token].length > LONGEST_TOKEN)) continue;
    if (isMinus) query.without.push(tokens);
    else if (phrase) query.phrases.push(tokens);
    else query.words.push(...wordsOf(tokens));
  }
  return { words: unique(query.words), phrases: unique(query.phrases), without: unique(query.without) };
}

/** `well-known` is two words; a run of characters without spaces is one. */
function wordsOf(tokens: Term): Term[] {
  const words: string[][] = [];
  let wasUnspaced = false;
  for (const token of tokens) {
    const isUnspaced = IS_UNSPACED.test(token);
    if (isUnspaced && wasUnspaced) words.at(-1)!.push(token);
    else words.push([token]);
    wasUnspaced = isUnspaced;
  }
  return words;
}

function unique(terms: readonly Term[]): Term[] {
  return [...new Map(terms.map((term) => [term.join("\0"), term])).values()].slice(0, MOST_TERMS);
}

/** Finds a term in folded text. */
export function patternOf(term: Term): RegExp {
  const gap = (left: string, right: string) =>
    `[^\\p{L}\\p{N}]${IS_UNSPACED.test(left) && IS_UNSPACED.test(right) ? "*" : "+"}`;
  const parts = term.map((token, i) => (i > 0 ? gap(term[i - 1]!, token) : "") + token);
  const head = IS_UNSPACED.test(term[0]!) ? "" : `(?<!${SPACED})`;
  const tail = IS_UNSPACED.test(term.at(-1)!) ? "" : `(?!${SPACED})`;
  return new RegExp(head + parts.join("") + tail, "gu");
}
