/** A map behind Portolan's API: served by `portolan open`, or in a notebook's kernel. */

import { placed } from "../core/camera";
import { posting } from "./asking";
import { readFilterAnswer } from "./filter-answer";
import type { Abilities, FilterAnswer, FilterQuery, MapSource, SearchQuery, TableAnswer, TableQuery } from "./source";
import { serverAudit } from "./audit";
import { serverCleaning } from "./cleaning";
import { serverConcepts } from "./concepts";
import { serverEdits } from "./edits";
import { serverTeam } from "./team";
import type {
  Cluster,
  Codes,
  Comparison,
  MapInfo,
  Neighbor,
  Problem,
  Row,
  SearchAnswer,
  TileColumn,
  TileManifest,
  TileNode,
  TilePoints,
} from "./types";

/** A request that failed, in words for the person. */
export class SourceError extends Error {
  override name = "SourceError";

  constructor(
    readonly problem: Problem,
    readonly status: number,
  ) {
    super(problem.problem);
  }
}

/** What went wrong, for whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof SourceError) return error.problem;
  return { problem: "The page met an error of its own.", fix: "Load the page again.", details: String(error) };
}

const NO_ANSWER = "The map’s server does not answer.";

/** Whether nobody answered: asked again, it may go well. */
export function isUnanswered(problem: Problem | null | undefined): boolean {
  return problem?.problem === NO_ANSWER;
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** As `fetch` does it. */
export type Ask = (address: string, init: RequestInit) => Promise<Response>;

const byFetch: Ask = (address, init) => fetch(address, init);

export class ServerSource implements MapSource {
  readonly abilities: Abilities = { expressions: true, meaning: true, edits: true };
  readonly edits = serverEdits((path, options) => this.#asked(path, options));
  readonly team = serverTeam((path, options) => this.#asked(path, options));
  readonly concepts = serverConcepts((path, options) => this.#asked(path, options));
  readonly audit = serverAudit((path, options) => this.#asked(path, options));
  // What is asked over a notebook's channel has no address that a browser could fetch.
  readonly cleaning = serverCleaning((path, options) => this.#asked(path, options), (path) => (this.ask === byFetch ? this.base + path : null));
  #layout = "";
  #score: string | null = null;

  /** `base`: address of the API, ending in a slash; `ask`: how it is asked; `name`: of a further layout. */
  constructor(
    private readonly base: string = "api/",
    private readonly ask: Ask = byFetch,
    private readonly name: string | null = null,
  ) {}

  layout(name: string): ServerSource {
    return new ServerSource(this.base, this.ask, name);
  }

  comparison(name: string, signal?: AbortSignal): Promise<Comparison> {
    return this.#json(`layouts/${encodeURIComponent(name)}`, signal);
  }

  map(signal?: AbortSignal): Promise<MapInfo> {
    return this.#json(this.#here("map"), signal);
  }

  async manifest(layout: string, version: string, signal?: AbortSignal): Promise<TileManifest> {
    this.#layout = layout;
    return this.#json(`tiles/${encodeURIComponent(layout)}/tiles.json?v=${encodeURIComponent(version)}`, signal);
  }

  async clusters(signal?: AbortSignal): Promise<Cluster[]> {
    return placed(await this.#json<Cluster[]>(this.#here("clusters"), signal));
  }

  async points(node: TileNode, signal?: AbortSignal): Promise<TilePoints> {
    const [xy, rowIds] = await Promise.all([this.#tile(node, "xy", signal), this.#tile(node, "row_id", signal)]);
    return { xy: new Float32Array(xy), rowIds: new Uint32Array(rowIds) };
  }

  async codes(node: TileNode, column: TileColumn, signal?: AbortSignal): Promise<Codes> {
    const bytes = await this.#tile(node, column.slug, signal);
    if (column.encoding === "u8") return new Uint8Array(bytes);
    return column.encoding === "u16" ? new Uint16Array(bytes) : new Uint32Array(bytes);
  }

  async presentLink(hash: string): Promise<string> {
    return (await this.#json<{ link: string }>(`link?of=${encodeURIComponent(hash)}`)).link;
  }

  async place(): Promise<string> {
    return (await this.#json<{ map: string }>("ping")).map;
  }

  rows(ids: readonly number[], options: { previews?: boolean; signal?: AbortSignal } = {}): Promise<Row[]> {
    const score = this.#score === null ? "" : `&score=${encodeURIComponent(this.#score)}`;
    return this.#json(this.#here(`rows?ids=${ids.join(",")}&previews=${options.previews ? 1 : 0}${score}`), options.signal);
  }

  scoreBy(column: string | null): void {
    this.#score = column;
  }

  neighbors(rowId: number, options: { limit?: number; signal?: AbortSignal } = {}): Promise<Neighbor[]> {
    return this.#json(this.#here(`rows/${rowId}/neighbors?limit=${options.limit ?? 10}`), options.signal);
  }

  search({ q, like, limit = 50, where }: SearchQuery, signal?: AbortSignal): Promise<SearchAnswer> {
    const params = new URLSearchParams({ limit: String(limit) });
    if (q) params.set("q", q);
    if (like !== undefined) params.set("like", String(like));
    if (where) params.set("where", where);
    return this.#json(this.#here(`search?${params}`), signal);
  }

  async filter({ codes, ...query }: FilterQuery, signal?: AbortSignal): Promise<FilterAnswer> {
    const body = { ...query, codes: codes.map((column) => column.slug), layout: this.name };
    const answer = await this.#post("filter", body, signal);
    return readFilterAnswer(await answer.arrayBuffer(), codes);
  }

  async table(query: TableQuery, signal?: AbortSignal): Promise<TableAnswer> {
    return (await (await this.#post("table", { score: this.#score, ...query }, signal)).json()) as TableAnswer;
  }

  #post(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    return this.#get(path, signal, posting(body));
  }

  /** The address on the layout that this is the source of. */
  #here(path: string): string {
    if (this.name === null) return path;
    return `${path}${path.includes("?") ? "&" : "?"}layout=${encodeURIComponent(this.name)}`;
  }

  async #asked<T>(path: string, options?: RequestInit): Promise<T> {
    return (await (await this.#get(path, options?.signal ?? undefined, options)).json()) as T;
  }

  async #json<T>(path: string, signal?: AbortSignal): Promise<T> {
    return (await (await this.#get(path, signal)).json()) as T;
  }

  async #tile(node: TileNode, file: string, signal?: AbortSignal): Promise<ArrayBuffer> {
    const path = `tiles/${encodeURIComponent(this.#layout)}/${node.key}/${encodeURIComponent(file)}.bin`;
    return (await this.#get(path, signal)).arrayBuffer();
  }

  async #get(path: string, signal?: AbortSignal, options: RequestInit = {}): Promise<Response> {
    let response: Response;
    try {
      response = await this.ask(this.base + path, { ...options, signal: signal ?? null, credentials: "same-origin" });
    } catch (error) {
      if (isAbort(error)) throw error;
      throw new SourceError(
        {
          problem: NO_ANSWER,
          fix: "Is “portolan open” still running? Start it again.",
          details: String(error),
        },
        0,
      );
    }
    if (response.ok) return response;
    throw new SourceError(await problemIn(response), response.status);
  }
}

async function problemIn(response: Response): Promise<Problem> {
  const told = (await response.json().catch(() => null)) as { problem?: string; fix?: string } | null;
  if (told?.problem) return { problem: told.problem, fix: told.fix ?? "" };
  if (response.status === 401 || response.status === 403) {
    return { problem: "This page has no key to the map.", fix: "Open the whole address that `portolan open` printed." };
  }
  return { problem: `The server answered ${response.status}.`, fix: "Load the page again.", details: response.url };
}
