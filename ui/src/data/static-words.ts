/** Search by words in a published map: fetches of the index only what the query's words need. */

import { type Posting, crc32, phraseRows, rank, rarity, readPosting, readSpots } from "../core/postings";
import { type Term, type WordQuery, parseQuery } from "../core/words";
import type { Site, WordsInfo } from "./static-site";
import { inflate } from "./packed";

/** [rows that hold it, where its list begins and its size, where its spots begin and their size] */
type Entry = readonly [number, number, number, number, number];

/** Of a query with other words too, those that more than this share of all rows hold are not looked up. */
const EVERYWHERE = 0.25;
const MOST_KEPT = 200;

export class Words {
  #shelves = new Map<number, Promise<Record<string, Entry>>>();
  #postings = new Map<string, Promise<Posting>>();
  #spots = new Map<string, Promise<Uint32Array[]>>();

  constructor(
    private readonly site: Site,
    private readonly info: WordsInfo,
    private readonly nRows: number,
  ) {}

  /** Rows that match, best first: those with all words, then those with some; and the terms worth marking. */
  async search(text: string): Promise<{ rows: { row: number; score: number }[]; terms: Term[] }> {
    const query = parseQuery(text);
    const telling = await this.#telling(query.words);
    const allowed = await this.#allowed(query);
    const lists = await Promise.all([...query.phrases, ...telling].map((term) => this.#list(term)));
    const ranked = lists.length > 0 ? rank(lists, false) : [...(allowed ?? [])].map((row) => ({ row, score: 0 }));
    const rows = allowed ? ranked.filter(({ row }) => allowed.has(row)) : ranked;
    return { rows, terms: [...query.phrases, ...telling] };
  }

  /** All rows that hold every word and phrase of a query and nothing that it leaves out: what `text('…')` means. */
  async matching(text: string): Promise<Set<number>> {
    const query = parseQuery(text);
    const allowed = await this.#allowed(query);
    let found: Set<number> | null = allowed;
    for (const term of query.words) found = both(found, await this.#rows(term));
    return found ?? new Set();
  }

  /** Rows with every phrase and without what is to be left out; null: all, as the query says nothing of either. */
  async #allowed({ phrases, without, words }: WordQuery): Promise<Set<number> | null> {
    let allowed: Set<number> | null = null;
    for (const term of phrases) allowed = both(allowed, await this.#rows(term));
    if (without.length === 0) return allowed;
    const away = new Set<number>();
    for (const term of without) for (const row of await this.#rows(term)) away.add(row);
    if (!allowed && words.length > 0) {
      allowed = new Set();
      for (const term of words) for (const row of await this.#rows(term)) allowed.add(row);
    }
    const all = allowed ?? Array(this.nRows).keys();
    return new Set([...all].filter((row) => !away.has(row)));
  }

  /** The words that tell rows apart; all of them where none does. */
  async #telling(words: readonly Term[]): Promise<Term[]> {
    const counts = await Promise.all(words.map(async (term) => Math.min(...(await Promise.all(term.map((token) => this.#count(token)))))));
    const telling = words.filter((_, i) => counts[i]! <= EVERYWHERE * this.nRows);
    return telling.length > 0 ? telling : [...words];
  }

  async #count(token: string): Promise<number> {
    return (await this.#entry(token))?.[0] ?? 0;
  }

  async #rows(term: Term): Promise<Uint32Array> {
    return (await this.#list(term)).rows;
  }

  /** A term's rows and weights; of a phrase those where its tokens stand together, with the weights of its rarest. */
  async #list(term: Term): Promise<Posting & { rarity: number }> {
    const postings = new Map(await Promise.all(term.map(async (token) => [token, await this.#posting(token)] as const)));
    const rarest = [...postings.values()].sort((a, b) => a.rows.length - b.rows.length)[0]!;
    if (term.length === 1 || rarest.rows.length === 0) {
      return { ...rarest, rarity: rarity(rarest.rows.length, this.nRows) };
    }
    const spots = new Map(await Promise.all(term.map(async (token) => [token, await this.#places(token)] as const)));
    const rows = phraseRows(term, (token) => postings.get(token)!, (token) => spots.get(token)!);
    let at = 0;
    const weights = Float32Array.from(rows, (row) => {
      while (rarest.rows[at]! < row) at++;
      return rarest.weights[at]!;
    });
    return { rows, weights, rarity: rarity(rows.length, this.nRows) };
  }

  #posting(token: string): Promise<Posting> {
    return kept(this.#postings, token, async () => {
      const entry = await this.#entry(token);
      return entry ? readPosting(await this.site.files.piece(this.info.lists, entry[1], entry[2]), entry[0]) : EMPTY;
    });
  }

  #places(token: string): Promise<Uint32Array[]> {
    return kept(this.#spots, token, async () => {
      const entry = await this.#entry(token);
      return entry ? readSpots(await this.site.files.piece(this.info.spots, entry[3], entry[4]), entry[0]) : [];
    });
  }

  async #entry(token: string): Promise<Entry | undefined> {
    const number = crc32(new TextEncoder().encode(token)) & (this.info.shelves.length - 2);
    const shelf = await kept(this.#shelves, number, async () => {
      const [start, end] = [this.info.shelves[number]!, this.info.shelves[number + 1]!];
      const bytes = await inflate(await this.site.files.piece(this.info.words, start, end - start));
      return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, Entry>;
    });
    return Object.hasOwn(shelf, token) ? shelf[token] : undefined;
  }
}

const EMPTY: Posting = { rows: new Uint32Array(), weights: new Float32Array() };

function both(found: Set<number> | null, rows: Uint32Array): Set<number> {
  return new Set(found ? rows.filter((row) => found.has(row)) : rows);
}

/** What was read before, or is being read; forgotten where that fails, or when much else was asked since. */
function kept<K, V>(known: Map<K, Promise<V>>, key: K, read: () => Promise<V>): Promise<V> {
  const before = known.get(key);
  if (before) return before;
  const coming = read();
  known.set(key, coming);
  coming.catch(() => known.delete(key));
  if (known.size > MOST_KEPT) known.delete(known.keys().next().value!);
  return coming;
}
