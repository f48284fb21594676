/** A second layout of the same rows beside the map's own: what one does on one is seen on the other. */

import { untrack } from "svelte";
import { type Camera, type Insets, type Place, type Size, placed } from "../core/camera";
import { type Rect, isInSight, roomIn, split } from "../core/panes";
import { problemOf } from "../data/server";
import type { MapSource } from "../data/source";
import type { Comparison, FurtherLayout, Neighbor, TileColumn } from "../data/types";
import type { Coloring } from "./coloring.svelte";
import type { Session } from "./session.svelte";
import type { HoverState } from "./types";

/** What the map's own layout is called in the tiles of a further one. */
const MAIN = "main";
const MOST_PLACES = 2000;
/** Names and buttons of a pane stand in its first lines. */
const PANE_INSETS: Insets = { left: 0, right: 0, top: 44, bottom: 0 };
const NO_INSETS: Insets = { left: 0, right: 0, top: 0, bottom: 0 };
const KEPT = /^kept_neighbors_/;

/** From a row on one layout to the same row on the other, CSS px from the window's top left. */
export interface RowLine {
  from: Place;
  to: Place;
  kind: "pinned" | "hovered" | "near";
}

/** What a link says of it. */
export interface CompareLink {
  name: string;
  camera: Camera | null;
  isSwapped: boolean;
}

export class CompareState {
  /** The further layout that is shown; null: the map is alone. */
  name = $state<string | null>(null);
  beside = $state.raw<Session | null>(null);
  /** The further layout is the first of the two. */
  isSwapped = $state(false);
  /** Share of the room that the first pane has. */
  share = $state(0.5);
  /** The window, and what panels cover of it. */
  size = $state.raw<Size>({ width: 1, height: 1 });
  cover = $state.raw<Insets>(NO_INSETS);
  /** Which clusters fall apart and which stay together; null until it is known. */
  comparison = $state.raw<Comparison | null>(null);
  /** What the second pane's stage draws; set by it. */
  stage: { readonly nDrawn: number; inkedShare(): number } | null = null;
  /** The pane that keys move. */
  #active = $state.raw<Session | null>(null);
  #stop: () => void = () => undefined;
  #placesOf = new WeakMap<Session, Map<number, Place | null>>();
  #camera: Camera | null = null;

  constructor(
    private readonly main: Session,
    private readonly makeSession: (source: MapSource) => Session,
  ) {}

  get layouts(): FurtherLayout[] {
    return this.main.source.layout ? (this.main.info?.layouts ?? []) : [];
  }

  get layout(): FurtherLayout | null {
    return this.layouts.find((one) => one.name === this.name) ?? null;
  }

  /** Whose colours and topics both panes have: the first one. */
  get lead(): Session {
    return this.isSwapped && this.beside?.hasClusters ? this.beside : this.main;
  }

  get active(): Session {
    return this.#active ?? this.main;
  }

  set active(session: Session) {
    this.#active = session;
  }

  readonly room: Rect = $derived(roomIn(this.size, this.cover));
  readonly panes = $derived(split(this.room, this.share));
  readonly mainRect: Rect = $derived.by(() => {
    if (!this.beside) return { left: 0, top: 0, ...this.size };
    return this.isSwapped ? this.panes.second : this.panes.first;
  });
  readonly besideRect: Rect = $derived(this.isSwapped ? this.panes.first : this.panes.second);

  /** The hovered row of either pane, where it lies in the window. */
  readonly hovered: { hover: HoverState; session: Session; rect: Rect } | null = $derived.by(() => {
    const { main, beside } = this;
    for (const [session, rect] of [[main, this.mainRect], [beside, this.besideRect]] as const) {
      const hover = session?.reading.hover;
      if (session && hover) return { session, rect, hover: { ...hover, x: hover.x + rect.left, y: hover.y + rect.top } };
    }
    return null;
  });

  /** Lines between the same rows in both panes, where both ends are in sight. */
  readonly lines: RowLine[] = $derived.by(() => (this.beside ? this.#lines(this.beside) : []));

  /** Shows a further layout; null: the map alone. */
  open(link: CompareLink | string | null): void {
    const wanted = typeof link === "string" ? { name: link, camera: null, isSwapped: this.isSwapped } : link;
    if ((wanted?.name ?? null) === this.name) {
      if (wanted) this.isSwapped = wanted.isSwapped;
      if (wanted?.camera) this.beside?.view.jump(wanted.camera);
      return;
    }
    this.close();
    if (!wanted || !this.main.source.layout || !this.layouts.some((one) => one.name === wanted.name)) return;
    const beside = this.makeSession(besideSource(this.main.source, wanted.name));
    this.name = wanted.name;
    this.isSwapped = wanted.isSwapped;
    this.#camera = wanted.camera;
    this.beside = beside;
    const isWhole = showsWhole(this.main);
    this.#stop = $effect.root(() => this.#link(beside, isWhole));
    void this.main.source.comparison?.(wanted.name).then(
      (told) => this.name === wanted.name && (this.comparison = told),
      (error: unknown) => (this.main.trouble = problemOf(error)),
    );
  }

  /** What panels cover has changed. */
  setCover(cover: Insets): void {
    this.cover = cover;
    if (!this.beside) this.main.view.insets = cover;
  }

  /** Loads the further layout; call when its stage stands. */
  async start(beside: Session): Promise<void> {
    await beside.start(() => {
      beside.view.jump(this.#camera ?? beside.view.wholeMap());
      return Promise.resolve();
    });
  }

  toggle(): void {
    this.open(this.name === null ? (this.layouts[0]?.name ?? null) : null);
  }

  /** Takes the further layout away; false: there was none. */
  close(): boolean {
    if (this.name === null) return false;
    this.#close();
    return true;
  }

  swap(): void {
    this.isSwapped = !this.isSwapped;
  }

  /** Colours by how many neighbours each row keeps; once more: by topics again. */
  colorByKept(): void {
    const { colors } = this.lead;
    const kept = colors.columns.find((column) => column.name === this.#keptColumn(this.lead));
    colors.slug = kept && colors.slug !== kept.slug ? kept.slug : colors.defaultSlug();
  }

  get isColoredByKept(): boolean {
    return KEPT.test(this.lead.colors.column?.name ?? "");
  }

  /** The map's own column that colours both panes; null where the further layout's clusters do. */
  get ownColumn(): TileColumn | null {
    const { column } = this.lead.colors;
    return column && (this.lead === this.main ? column : this.#counterpart(column, this.lead, this.main, { isOwn: true }));
  }

  #keptColumn(session: Session): string | null {
    return session === this.main ? (this.layout?.kept_column ?? null) : `kept_neighbors_${MAIN}`;
  }

  #close(): void {
    this.#stop();
    const { main } = this;
    main.guest = null;
    main.pointedAt = null;
    main.colors.borrowed = null;
    if (showsWhole(main)) requestAnimationFrame(() => requestAnimationFrame(() => main.view.jump(main.view.wholeMap())));
    main.view.insets = this.cover;
    if (main.colors.column?.name === this.layout?.kept_column) main.colors.slug = main.colors.defaultSlug();
    Object.assign(this, { name: null, beside: null, comparison: null, isSwapped: false });
    this.#active = null;
  }

  #link(beside: Session, isWhole: boolean): void {
    const { main } = this;
    $effect(() => {
      beside.look = main.look;
      const { ground, palette, ramp } = main.colors;
      Object.assign(beside.colors, { ground, palette, ramp });
      main.view.insets = PANE_INSETS;
      beside.view.insets = PANE_INSETS;
    });
    $effect(() => this.#shareColors(beside));
    for (const [here, there] of [[main, beside], [beside, main]] as const) {
      $effect(() => this.#shareHover(here, there));
      $effect(() => {
        const ref = here.lit ?? (there.focus ? null : here.focus);
        const column = this.#guests(there, here);
        there.guest = ref && column && { ref, column, lines: here.colors.lines };
      });
      this.#keepWhole(here, here === main && isWhole);
    }
    this.#sharePin(beside);
    $effect(() => {
      beside.filters.lent = { clauses: main.filters.clauses, join: main.filters.parts.join };
    });
    $effect(() => void beside.select(main.selected.map((row) => row.row_id)));
    $effect(() => {
      const { state } = main.search;
      void this.#placesOn(beside, state.results).then((results) => {
        if (main.search.state === state) beside.search.state = { ...state, results };
      });
    });
  }

  /** Points of both have the colours of the first: one sees where its clusters go. */
  #shareColors(beside: Session): void {
    const { lead, main } = this;
    const other = lead === main ? beside : main;
    const { coloring } = lead.colors;
    const column = coloring.column && this.#counterpart(coloring.column, lead, other);
    const borrowed: Coloring | null = column ? { ...coloring, column, missingCode: column.missing } : null;
    lead.colors.borrowed = null;
    other.colors.borrowed = coloring.column === null ? coloring : borrowed;
  }

  /** The column of `other` that says what `column` says in `lead`. */
  #counterpart(column: TileColumn, lead: Session, other: Session, { isOwn = false } = {}): TileColumn | null {
    if (column.kind === "cluster") return isOwn ? null : this.#guests(other, lead);
    const name = KEPT.test(column.name) ? this.#keptColumn(other) : column.name;
    return other.colors.columns.find((one) => one.name === name && one.kind === column.kind) ?? null;
  }

  /** The column of the clusters of `of` in the tiles of `session`. */
  #guests(session: Session, of: Session): TileColumn | null {
    const name = of === this.main ? MAIN : this.name;
    // Read for its columns, which come while a map is made.
    void session.colors.columns;
    return session.tiles?.manifest.columns.find((column) => column.of === name) ?? null;
  }

  #shareHover(here: Session, there: Session): void {
    const { hover, hoverNeighbors } = here.reading;
    if (!hover) {
      there.pointedAt = null;
      if (!there.reading.hover && there.reading.hoverNeighbors.length > 0) there.reading.hoverNeighbors = [];
      return;
    }
    const { rowId } = hover;
    const isStill = () => here.reading.hover?.rowId === rowId;
    void this.#placesOn(there, [{ row_id: rowId, x: null, y: null }]).then(([row]) => {
      if (isStill()) there.pointedAt = placed(row ? [row] : [])[0] ?? null;
    });
    void this.#placesOn(there, hoverNeighbors).then((near) => {
      if (isStill()) there.reading.hoverNeighbors = near as Neighbor[];
    });
  }

  #sharePin(beside: Session): void {
    const { main } = this;
    $effect(() => {
      const rowId = main.reading.pin?.rowId ?? null;
      // A pane without tiles cannot bring a row into sight.
      if (beside.phase === "loading") return;
      untrack(() => {
        if (rowId === (beside.reading.pin?.rowId ?? null)) return;
        if (rowId === null) beside.closeRow();
        else void beside.openRow(rowId);
      });
    });
    $effect(() => {
      const rowId = beside.reading.pin?.rowId ?? null;
      untrack(() => {
        if (rowId !== null && rowId !== main.reading.pin?.rowId) void main.openRow(rowId);
      });
    });
  }

  /** A pane that shows its whole map shows it whole when its size changes. */
  #keepWhole({ view }: Session, isWhole: boolean): void {
    let whole: Camera | null = isWhole ? view.camera : null;
    $effect(() => {
      void [view.size, view.insets, view.land];
      untrack(() => {
        const isKept = whole !== null && isSame(view.camera, whole);
        whole = view.wholeMap();
        if (isKept) view.jump(whole);
      });
    });
  }

  /** The rows given, where they lie on the layout of `session`. */
  async #placesOn<T extends { row_id: number; x: number | null; y: number | null }>(session: Session, rows: readonly T[]): Promise<T[]> {
    if (rows.length === 0) return [];
    const known = this.#placesOf.get(session) ?? new Map<number, Place | null>();
    this.#placesOf.set(session, known);
    const missing = rows.map((row) => row.row_id).filter((id) => !known.has(id));
    if (missing.length > 0) {
      // A row that cannot be placed is not marked; why the server does not answer is told elsewhere.
      const found = await session.source.rows(missing, { previews: true }).catch(() => []);
      if (known.size > MOST_PLACES) known.clear();
      for (const row of found) known.set(row.row_id, placed([row])[0] ?? null);
    }
    return rows.map((row) => ({ ...row, x: known.get(row.row_id)?.x ?? null, y: known.get(row.row_id)?.y ?? null }));
  }

  #lines(beside: Session): RowLine[] {
    const { main } = this;
    const lines: RowLine[] = [];
    const add = (here: { x: number | null; y: number | null } | null, there: typeof here, kind: RowLine["kind"]) => {
      const [from, to] = [placed(here ? [here] : [])[0], placed(there ? [there] : [])[0]];
      if (!from || !to) return;
      const [a, b] = [main.view.toScreen(from), beside.view.toScreen(to)];
      if (!isInSight(a, main.view.size) || !isInSight(b, beside.view.size)) return;
      lines.push({ from: shifted(a, this.mainRect), to: shifted(b, this.besideRect), kind });
    };
    const [pin, pinThere] = [main.reading.pin, beside.reading.pin];
    if (pin && pin.rowId === pinThere?.rowId) {
      const there = new Map((pinThere.neighbors ?? []).map((row) => [row.row_id, row]));
      for (const near of pin.neighbors ?? []) add(near, there.get(near.row_id) ?? null, "near");
      add(pin.row, pinThere.row, "pinned");
    }
    const { hover } = main.reading;
    if (hover) add(main.view.toMap(hover), beside.pointedAt, "hovered");
    else if (beside.reading.hover) add(main.pointedAt, beside.view.toMap(beside.reading.hover), "hovered");
    return lines;
  }
}

function shifted({ x, y }: Place, { left, top }: Rect): Place {
  return { x: x + left, y: y + top };
}

function isSame(a: Camera, b: Camera): boolean {
  return Math.abs(a.zoom - b.zoom) < 1e-6 && Math.abs(a.x - b.x) < 1e-6 && Math.abs(a.y - b.y) < 1e-6;
}

function showsWhole({ view }: Session): boolean {
  return isSame(view.camera, view.wholeMap());
}

/** The further layout's source. What is near a row stays what the map's own layout has there: one sees where it went. */
function besideSource(main: MapSource, name: string): MapSource {
  const source = main.layout!(name);
  source.neighbors = async (rowId, options) => {
    const near = await main.neighbors(rowId, options);
    const ids = near.map((row) => row.row_id);
    const rows = ids.length > 0 ? await source.rows(ids, { previews: true, ...(options?.signal && { signal: options.signal }) }) : [];
    return near.map((row, place) => ({ ...row, x: rows[place]?.x ?? null, y: rows[place]?.y ?? null }));
  };
  return source;
}
