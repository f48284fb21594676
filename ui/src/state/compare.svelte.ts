/** A second layout of the same rows beside the map's own: which one, and where the two stand. */

import type { Camera, Insets, Size } from "../core/camera";
import { type Rect, roomIn, split } from "../core/panes";
import { problemOf } from "../data/server";
import type { MapSource } from "../data/source";
import type { Comparison, FurtherLayout } from "../data/types";
import { CompareColors } from "./compare-colors";
import { type RowLine, linesBetween } from "./compare-lines";
import { RowPlaces, besideSource } from "./compare-places";
import { shareAll } from "./compare-sharing.svelte";
import type { Session } from "./session.svelte";
import type { HoverState } from "./types";

/** Names and buttons of a pane stand in its first lines. */
const PANE_INSETS: Insets = { left: 0, right: 0, top: 44, bottom: 0 };
const NO_INSETS: Insets = { left: 0, right: 0, top: 0, bottom: 0 };

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
  readonly colors = new CompareColors(this);
  /** The pane that keys move. */
  #active = $state.raw<Session | null>(null);
  #stop: () => void = () => undefined;
  #places = new RowPlaces();
  #camera: Camera | null = null;

  constructor(
    readonly main: Session,
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

  readonly lines: RowLine[] = $derived.by(() => {
    const { main, beside, mainRect, besideRect } = this;
    return beside ? linesBetween({ session: main, rect: mainRect }, { session: beside, rect: besideRect }) : [];
  });

  /** Shows a further layout; null: the map alone. */
  open(link: CompareLink | string | null): void {
    const wanted = typeof link === "string" ? { name: link, camera: null, isSwapped: this.isSwapped } : link;
    if ((wanted?.name ?? null) === this.name) {
      if (wanted) this.isSwapped = wanted.isSwapped;
      if (wanted?.camera) this.beside?.view.jump(wanted.camera);
      return;
    }
    this.close();
    if (!wanted || !this.layouts.some((one) => one.name === wanted.name)) return;
    const { main } = this;
    const beside = this.makeSession(besideSource(main.source, wanted.name));
    this.name = wanted.name;
    this.isSwapped = wanted.isSwapped;
    this.#camera = wanted.camera;
    this.beside = beside;
    main.view.insets = PANE_INSETS;
    beside.view.insets = PANE_INSETS;
    this.#stop = $effect.root(() => shareAll({ main, beside, colors: this.colors, places: this.#places }));
    void main.source.comparison?.(wanted.name).then(
      (told) => this.name === wanted.name && (this.comparison = told),
      (error: unknown) => (main.trouble = problemOf(error)),
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
      if (this.#camera) beside.view.jump(this.#camera);
      else beside.view.showWhole({ isAtOnce: true });
      return Promise.resolve();
    });
  }

  toggle(): void {
    this.open(this.name === null ? (this.layouts[0]?.name ?? null) : null);
  }

  swap(): void {
    this.isSwapped = !this.isSwapped;
  }

  /** Takes the further layout away; false: there was none. */
  close(): boolean {
    if (this.name === null) return false;
    this.#stop();
    const { main } = this;
    this.colors.giveBack();
    main.guest = null;
    main.pointedAt = null;
    main.view.insets = this.cover;
    Object.assign(this, { name: null, beside: null, comparison: null, isSwapped: false });
    this.#active = null;
    return true;
  }
}
