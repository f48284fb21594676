/** Finding a name by some of its letters: for the list of commands. */

/** How well a text fits, higher is better, and which of its characters (as `Array.from` counts them) matched. */
export interface Fit {
  score: number;
  places: number[];
}

const WORD_START = 12;
const RUN = 6;
const FIRST = 8;

/** Each word of `query` found in `text`, in any order, also with letters left out; null where one is not found. */
export function fit(query: string, text: string): Fit | null {
  const words = query.split(/\s+/).filter(Boolean).map(folded);
  const letters = folded(text);
  const places = new Set<number>();
  let score = 0;
  for (const word of words) {
    const found = fitWord(word, letters);
    if (!found) return null;
    score += found.score;
    for (const place of found.places) places.add(place);
  }
  // Of two names that fit alike, the shorter one is meant.
  return { score: score - letters.length * 0.05, places: [...places].sort((a, b) => a - b) };
}

/** The things that fit, best first; of those that fit alike, the first stays first. An empty query keeps all. */
export function ranked<T>(query: string, things: readonly T[], textOf: (thing: T) => string): (Fit & { thing: T })[] {
  return things
    .flatMap((thing) => {
      const found = fit(query, textOf(thing));
      return found ? [{ ...found, thing }] : [];
    })
    .sort((a, b) => (query.trim() === "" ? 0 : b.score - a.score));
}

/** A text cut where matching begins and ends. */
export function cutAt(text: string, places: readonly number[]): { text: string; isMatch: boolean }[] {
  const hit = new Set(places);
  const parts: { text: string; isMatch: boolean }[] = [];
  Array.from(text).forEach((letter, place) => {
    const last = parts.at(-1);
    if (last && last.isMatch === hit.has(place)) last.text += letter;
    else parts.push({ text: letter, isMatch: hit.has(place) });
  });
  return parts;
}

/** As letters without case and accents, one for each character, so that places stay true. */
function folded(text: string): string[] {
  return Array.from(text, (letter) => letter.normalize("NFD").charAt(0).toLowerCase() || letter);
}

function fitWord(word: readonly string[], letters: readonly string[]): Fit | null {
  let best: Fit | null = null;
  letters.forEach((letter, start) => {
    if (letter !== word[0]) return;
    const found = fitFrom(word, letters, start);
    if (found && (!best || found.score > best.score)) best = found;
  });
  return best;
}

/** The word's letters in order from `start` on, each the next one there is. */
function fitFrom(word: readonly string[], letters: readonly string[], start: number): Fit | null {
  const places: number[] = [];
  let score = start === 0 ? FIRST : 0;
  let at = start;
  for (const letter of word) {
    const place = letters.indexOf(letter, at);
    if (place < 0) return null;
    const isRun = places.length > 0 && place === places.at(-1)! + 1;
    if (isRun) score += RUN;
    else if (isWordStart(letters, place)) score += WORD_START;
    else score -= 3 + Math.min(6, place - at);
    places.push(place);
    at = place + 1;
  }
  // Letters picked here and there out of a long text are no find.
  return score > 0 ? { score, places } : null;
}

function isWordStart(letters: readonly string[], place: number): boolean {
  return place === 0 || !/[\p{L}\p{N}]/u.test(letters[place - 1]!);
}
