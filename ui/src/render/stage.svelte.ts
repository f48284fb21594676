/** Binds the session to the screen: draws when something changed, and only then. */

import { untrack } from "svelte";
import { placed, scaleOf } from "../core/camera";
import type { Rgb } from "../core/color";
import { type DensityGrid, type PointLook, densityGrid, pointLook } from "../core/density";
import { toOklab } from "../core/color";
import type { Budget } from "../core/quadtree";
import type { FilterAnswer } from "../data/source";
import type { Coloring } from "../state/coloring.svelte";
import type { Session } from "../state/session.svelte";
import { BUDGET, type LoadedTile, type Picked } from "../state/tiles";
import type { ClusterRef } from "../state/types";
import { type Place, listen } from "./gestures";
import { marksOf } from "./mark-list";
import { NameLayer } from "./names";
import type { PictureParts } from "./picture";
import { type Frame, Renderer } from "./renderer";
import { TONES } from "./tones";

const PICK_PX = 9;
const TOUCH_PICK_PX = 18;
/** Without a graphics card, as many rows as still move smoothly. */
const SOFTWARE_BUDGET = { maxRows: 180_000, pxPerRow: 7 };
/** Until something is on the screen, nothing but the root tile is asked for. */
const ROOT_BUDGET = { ...BUDGET, maxRows: 0 };
const FADE_MS = 170;
const LONGEST_FRAME_MS = 600;
/** Without a graphics card, px of the canvas for one of the land while the map moves. */
const MOVING_COARSENESS = 2;
/** As many zoom levels further in, colours tell the clusters of one layer further down. */
const DEPTH_ZOOMS = 0.8;
const LIT_DIM = 0.15;
const RESULT_DIM = 0.22;

export class Stage {
  readonly names: NameLayer;
  readonly renderer: Renderer | null;
  /** Rows handed to the graphics card in the last frame. */
  nDrawn = 0;
  look: PointLook = { diameter: 2, opacity: 1 };

  #canvas = document.createElement("canvas");
  #request = 0;
  #stops: (() => void)[] = [];
  #pointer: { at: Place; isTouch: boolean; isPress?: boolean } | null = null;
  #picked: Picked | null = null;
  #density: DensityGrid | null = null;
  /** What the contours were drawn from. */
  #contoured: Float32Array | null = null;
  /** Opacity of what is not lit, on its way to where it should be. */
  #dim = 1;
  #dimGoal = 1;
  #hasLit = false;
  /** Slug of the column whose codes say what is lit. */
  #litSlug: string | null = null;
  #drawnAt = 0;
  #isShowing = false;
  /** Share of rows drawn while moving; falls on a slow machine. */
  #share = 1;
  #sinceFrame = 0;
  /** The colours and the filter of the last frame. */
  #shown: { coloring: Coloring | null; filter: FilterAnswer | null } = { coloring: null, filter: null };
  /** How often a frame had other colours or another filter than the one before. */
  nChanges = 0;
  /** Whom to tell when the next frame is drawn. */
  #untold: (() => void)[] = [];

  constructor(
    readonly element: HTMLElement,
    private readonly session: Session,
  ) {
    this.names = new NameLayer({
      open: (ref) => session.openCluster(ref),
      light: (ref) => (session.lit = ref),
    });
    this.#canvas.tabIndex = 0;
    this.#canvas.setAttribute("role", "application");
    this.#canvas.setAttribute("aria-label", "Map. Arrow keys move it, plus and minus zoom, 0 shows all of it.");
    element.append(this.#canvas, this.names.element);
    this.renderer = Renderer.create(this.#canvas, () => this.invalidate());
    if (!this.renderer) {
      session.problem = {
        problem: "This browser cannot draw the map: it has no WebGL2.",
        fix: "Use a current Firefox, Chrome, Edge or Safari, and allow graphics acceleration in its settings.",
      };
      session.phase = "error";
      return;
    }
    session.redraw = () => this.invalidate();
    session.filters.whenShown = () => this.whenShown();
    this.#stops.push(
      this.#watchSize(),
      this.#listen(),
      this.#forgetPointer(),
      $effect.root(() => this.#react()),
    );
  }

  destroy(): void {
    cancelAnimationFrame(this.#request);
    for (const stop of this.#stops) stop();
    this.renderer?.destroy();
  }

  /** Draws soon. */
  invalidate(): void {
    this.#request ||= requestAnimationFrame((now) => {
      this.#request = 0;
      this.draw(now);
    });
  }

  #watchSize(): () => void {
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = this.element;
      if (width > 0 && height > 0) this.session.view.size = { width, height };
    });
    observer.observe(this.element);
    return () => observer.disconnect();
  }

  /** One who goes on by keyboard has left the pointer lying: what moves under it is not pointed at. */
  #forgetPointer(): () => void {
    const forget = () => {
      this.#pointer = null;
      this.session.reading.hoverAt(null);
    };
    const { keys } = this.session.host;
    keys.addEventListener("keydown", forget, true);
    return () => keys.removeEventListener("keydown", forget, true);
  }

  #listen(): () => void {
    const { view, drawing } = this.session;
    return listen(this.element, {
      pan: (dx, dy) => view.panBy(dx, dy),
      takesWheel: (event) => this.session.host.takesWheel(event),
      zoom: (steps, at) => view.zoomBy(steps, at),
      flyZoom: (steps, at) => view.flyZoom(steps, at),
      point: (at, isTouch) => {
        this.#pointer = at && { at, isTouch };
        this.#hover();
      },
      press: (at) => {
        this.#pointer = { at, isTouch: true, isPress: true };
        this.#hover();
      },
      click: (at, isTouch) => this.#click(at, isTouch),
      draws: (event) => drawing.tool !== null || event.shiftKey,
      draw: (from, to) => drawing.extend(from, to, "rectangle"),
      drawn: (isWhole) => (isWhole ? drawing.finish() : drawing.breakOff()),
      dragging: (isDragging) => this.element.classList.toggle("is-dragging", isDragging),
    });
  }

  /** What makes the map look different makes it be drawn again. */
  #react(): void {
    const { session } = this;
    const { view, colors, reading, search } = session;
    $effect(() => {
      const { camera, size } = view;
      if (session.tiles) session.tiles.budget = this.#budget();
      session.tiles?.update({ camera, size }, session.neededColumns());
      const further = camera.zoom - untrack(() => view.home().camera.zoom);
      // One who looks at one cluster wants to see what is in it.
      colors.depth = Math.max(session.focus ? 1 : 0, Math.floor(further / DEPTH_ZOOMS));
      this.invalidate();
    });
    $effect(() => {
      void [view.size, view.insets.bottom];
      untrack(() => view.roomChanged());
    });
    $effect(() => {
      if (session.tiles) session.tiles.onDrop = (tile) => this.renderer?.drop(tile);
    });
    $effect(() => {
      void [session.filters.clauses, session.filters.facets, session.filters.asOf];
      void session.filters.ask(session.neededColumns());
    });
    $effect(() => {
      session.applyFilter();
      session.tiles?.update({ camera: view.camera, size: view.size }, session.neededColumns());
      this.invalidate();
    });
    $effect(() => {
      if (!this.#awaitsCodes(colors.coloring)) this.invalidate();
    });
    $effect(() => {
      void [session.look, reading.hover, reading.hoverNeighbors, reading.pin, search.state, session.pointedAt, session.selected];
      this.invalidate();
    });
    $effect(() => {
      // Points first: the names come with the next frame.
      if (session.phase === "loading") return;
      void view.homeKey;
      const home = untrack(() => view.home());
      this.names.setClusters(colors.clusters, { extents: session.extents, spots: session.spots, home, share: session.look.names });
      this.invalidate();
    });
    $effect(() => this.#light(search.state.results.length + session.selected.length > 0));
    $effect(() => {
      if (view.isMoving) reading.hoverAt(null);
      else this.#rest();
    });
  }

  #rest(): void {
    this.#sinceFrame = 0;
    this.#hover();
    this.invalidate();
  }

  /** Full colour for one cluster or for the results, and less for the rest. */
  #light(hasResults: boolean): void {
    const { lit, guest, focus, colors } = this.session;
    const own = lit ?? (guest ? null : focus);
    const ref = own ?? guest?.ref ?? null;
    const line = ref && (own ? colors.lines : (guest?.lines ?? []))[ref.layer];
    if (line) {
      this.#litSlug = (own ? colors.finest : guest?.column)?.slug ?? null;
      this.renderer?.setLit(Uint8Array.from(line, (id) => (id === ref.cluster_id ? 1 : 0)));
    } else if (hasResults) this.renderer?.setLit(new Uint8Array(1));
    this.#dimGoal = line ? LIT_DIM : hasResults ? RESULT_DIM : 1;
    if (this.#dimGoal < 1) this.#hasLit = true;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.#dim = this.#dimGoal;
    this.invalidate();
  }

  #pick(at: Place, isTouch: boolean): Picked | null {
    const { view, tiles } = this.session;
    const { x, y } = view.toMap(at);
    const reach = Math.max(isTouch ? TOUCH_PICK_PX : PICK_PX, this.look.diameter / 2 + 3);
    return tiles?.pick(x, y, reach / view.scale) ?? null;
  }

  #hover(): void {
    const { reading, view } = this.session;
    if (view.isMoving) return;
    const pointer = this.#pointer;
    this.#picked = pointer && (!pointer.isTouch || pointer.isPress) ? this.#pick(pointer.at, pointer.isTouch) : null;
    this.element.classList.toggle("is-on-point", this.#picked !== null);
    const picked = this.#picked;
    reading.hoverAt(picked && { rowId: picked.rowId, ...view.toScreen(picked), radius: this.look.diameter / 2 + 4 });
  }

  #click(at: Place, isTouch: boolean): void {
    const picked = this.#pick(at, isTouch);
    this.#canvas.focus({ preventScroll: true });
    if (picked) void this.session.openRow(picked.rowId, { x: picked.x, y: picked.y });
  }

  draw(now: number): void {
    const { session, renderer } = this;
    const { view, colors, tiles } = session;
    if (!renderer || !tiles || view.size.width <= 1) return;
    const drawn = tiles.drawn();
    this.#adapt(now, view.isMoving);
    const isFading = this.#fade(now);
    const dpr = devicePixelRatio <= 1 ? 1 : Math.min(devicePixelRatio, renderer.isSoftware ? 1 : 2);
    this.#notice();
    this.look = this.#lookAt(view.scale);
    if (session.look.contours > 0) this.#measureContours();
    this.nDrawn = renderer.draw(this.#frame(drawn, dpr, view.isMoving ? this.#share : 1));
    const [pinned] = placed(session.reading.pin?.row ? [session.reading.pin.row] : []);
    this.names.draw(view, {
      ground: colors.ground,
      hueOf: (ref) => this.#hueOf(ref),
      isMoving: view.isMoving,
      clear: pinned ? view.toScreen(pinned) : null,
    });
    this.#tellPhase(drawn.length > 0 || tiles.tree === null, tiles.isSettled);
    const first = tiles.tree && tiles.tile(tiles.tree.node.key);
    if (session.phase !== "loading" && !this.#density && first) this.#measureLand(first.points.xy);
    if (isFading) this.invalidate();
    const told = this.#untold.splice(0);
    if (told.length > 0) void renderer.drawn().then(() => told.forEach((tell) => tell()));
  }

  /** Takes what the frame shows now. Colours wait until the tiles have their codes: until then the former ones are right. */
  #notice(): void {
    const { filters, colors } = this.session;
    const coloring = this.#shown.coloring && this.#awaitsCodes(colors.coloring) ? this.#shown.coloring : colors.coloring;
    const filter = filters.answer;
    if (coloring !== this.#shown.coloring || filter !== this.#shown.filter) this.nChanges++;
    this.#shown = { coloring, filter };
  }

  #awaitsCodes({ column }: Coloring): boolean {
    const { tiles, filters } = this.session;
    if (!tiles || !column) return false;
    const isKeptLacking = tiles.kept !== null && !tiles.kept.codes.has(column.slug);
    return (isKeptLacking && filters.isAsking) || tiles.awaits(column.slug);
  }

  /** Resolves when the next frame is drawn to its last pixel; soon where nobody looks and none is drawn. */
  whenShown(): Promise<void> {
    return new Promise((resolve) => {
      this.#untold.push(resolve);
      setTimeout(resolve, LONGEST_FRAME_MS);
    });
  }

  /** Resolves when what was drawn so far is drawn to its last pixel. */
  async whenDrawn(): Promise<void> {
    await this.renderer?.drawn();
  }

  /** What the view shows, at `dpr` device px for one CSS px. */
  #frame(tiles: readonly LoadedTile[], dpr: number, share: number): Frame {
    const { view, colors } = this.session;
    const tones = TONES[colors.ground];
    const rest = Math.max(0, Math.min(1, (view.camera.zoom - 3.2) / 2));
    return {
      points: {
        tiles,
        coloring: this.#shown.coloring ?? colors.coloring,
        finestSlug: this.#litSlug ?? colors.finest?.slug ?? null,
        camera: view.camera,
        scale: scaleOf(view.camera, view.root) * dpr,
        width: Math.round(view.size.width * dpr),
        height: Math.round(view.size.height * dpr),
        diameter: Math.max(1, this.look.diameter * dpr),
        opacity: this.look.opacity,
        dim: this.#dim,
        hasLit: this.#hasLit,
        share,
      },
      root: view.root,
      dpr,
      paper: tones.paper,
      landTint: tones.land,
      landStrength: tones.landStrength * (1 - 0.55 * rest) * this.session.look.land,
      landLine: tones.landLine * (1 - rest) * this.session.look.land,
      landCoarseness: this.renderer?.isSoftware ? (view.isMoving ? MOVING_COARSENESS : 1) : 0,
      contours: this.session.look.contours,
      ink: tones.ink,
      marks: marksOf(this.session, { look: this.look, hoverColor: this.#hoverColor(), tones }),
    };
  }

  /** What a picture of the present view is drawn from; null before there is one. */
  pictureParts(): PictureParts | null {
    const { view, colors, tiles } = this.session;
    if (!tiles || !this.renderer) return null;
    const drawn = tiles.drawn();
    const style = getComputedStyle(this.element);
    const ink = (name: string) => style.getPropertyValue(name).trim();
    return {
      frame: (dpr) => ({ ...this.#frame(drawn, dpr, 1), landCoarseness: 0 }),
      view: { camera: view.camera, root: view.root, size: view.size },
      insets: view.insets,
      renderer: this.renderer,
      names: this.names.written(view, { ground: colors.ground, hueOf: (ref) => this.#hueOf(ref) }),
      legend: colors.legend,
      inks: { paper: ink("--paper"), ink: ink("--ink"), soft: ink("--ink-soft"), hairline: ink("--edge") },
      family: style.fontFamily,
    };
  }

  /** The land and how dense it is, once, from the first tile: a fair sample of all rows. */
  #measureLand(xy: Float32Array): void {
    this.#density = densityGrid(xy, this.session.tiles?.manifest.n_rows ?? 0);
    this.renderer?.setDensity(this.#density);
    this.invalidate();
  }

  #lookAt(scale: number): PointLook {
    const { tiles, view } = this.session;
    const rootPx = (view.root.size * scale) ** 2;
    const nRows = tiles?.manifest.n_rows ?? 0;
    if (!tiles || !this.#density || nRows === 0) return this.look;
    // About as many rows as the tiles in use hold: never more than there are, nor than the screen has room for.
    const nDrawn = Math.min(nRows, Math.max(tiles.manifest.capacity, (1.6 * rootPx) / tiles.budget.pxPerRow));
    // What a filter keeps may lie all over the map or all in one place: half way between the two.
    const nKept = Math.sqrt(nDrawn * Math.min(nDrawn, Math.max(1, this.#shown.filter?.nShown ?? nRows)));
    const { diameter, opacity } = pointLook((this.#density.typical * (nKept / nRows)) / rootPx);
    const { look } = this.session;
    return { diameter: diameter * look.size, opacity: Math.min(1, opacity * look.opacity) };
  }

  /** The density of the rows that filters let through, from a fair sample of them; anew when they change. */
  #measureContours(): void {
    const { tiles } = this.session;
    const xy = tiles?.sampleXy ?? null;
    if (!tiles || !xy || this.#contoured === xy) return;
    this.#contoured = xy;
    this.renderer?.setContours(densityGrid(xy, tiles.manifest.n_rows));
  }

  /** Draws fewer rows while moving when frames come late. */
  #adapt(now: number, isMoving: boolean): void {
    const elapsed = now - this.#drawnAt;
    if (isMoving && this.#sinceFrame++ > 2) {
      if (elapsed > 30) this.#share = Math.max(0.12, this.#share * 0.85);
      else if (elapsed < 19) this.#share = Math.min(1, this.#share * 1.03);
    }
  }

  /** Steps the fade; true while it goes on. */
  #fade(now: number): boolean {
    const elapsed = Math.min(50, now - this.#drawnAt);
    this.#drawnAt = now;
    const gap = this.#dimGoal - this.#dim;
    const step = elapsed / FADE_MS;
    this.#dim = Math.abs(gap) <= step ? this.#dimGoal : this.#dim + Math.sign(gap) * step;
    if (this.#dim >= 1) this.#hasLit = false;
    return this.#dim !== this.#dimGoal;
  }

  #hoverColor(): Rgb {
    const { coloring } = this.session.colors;
    const picked = this.#picked;
    const code = picked && coloring.column && picked.tile.codes.get(coloring.column.slug)?.[picked.place];
    if (code === undefined || code === null) return coloring.column ? coloring.missing : coloring.colors[0]!;
    if (code === coloring.missingCode) return coloring.missing;
    const place = coloring.isRamp ? Math.round((code * (coloring.colors.length - 1)) / 65534) : code;
    return coloring.colors[place] ?? coloring.missing;
  }

  #hueOf(ref: ClusterRef): number {
    // Points have another layout's colours: a name's own would say nothing.
    if (this.session.colors.borrowed) return 90;
    const color = this.session.colors.clusterColors[ref.layer]?.[ref.cluster_id];
    if (!color) return 90;
    const [, a, b] = toOklab(color);
    return (Math.atan2(b, a) * 180) / Math.PI;
  }

  #budget(): Budget {
    if (this.session.phase === "loading") return ROOT_BUDGET;
    return this.renderer?.isSoftware ? SOFTWARE_BUDGET : BUDGET;
  }

  /** Shows the canvas; the first frame counts when the graphics process has drawn it and the browser has taken it up. */
  async #showFirst(renderer: Renderer): Promise<void> {
    this.#isShowing = true;
    this.element.classList.add("is-drawn");
    await renderer.drawn();
    await new Promise(requestAnimationFrame);
    if (this.session.phase !== "loading") return;
    performance.mark("portolan:first-frame");
    this.session.tellFirst();
    // The page shows this state before the next: ready comes with a later frame.
    this.invalidate();
  }

  #tellPhase(hasDrawn: boolean, isSettled: boolean): void {
    const { session } = this;
    if (session.phase === "loading") {
      if (hasDrawn && !this.#isShowing && this.renderer) void this.#showFirst(this.renderer);
    } else if (session.phase === "first-frame" && isSettled && session.hasClusters && session.hasPanels) {
      session.phase = "ready";
      performance.mark("portolan:ready");
    }
  }

  /** Mean colour of a block of the canvas, CSS px from the top left: for tests. */
  colorAt(x: number, y: number, reach = 1): [number, number, number] {
    this.draw(performance.now());
    const { renderer } = this;
    if (!renderer) return [0, 0, 0];
    const ratio = this.#canvas.width / this.session.view.size.width;
    const side = 2 * reach + 1;
    const pixels = renderer.readPixels(
      Math.round(x * ratio) - reach,
      this.#canvas.height - 1 - Math.round(y * ratio) - reach,
      side,
      side,
    );
    const sums: [number, number, number] = [0, 0, 0];
    for (let i = 0; i < pixels.length; i += 4) for (let k = 0; k < 3; k++) sums[k]! += pixels[i + k]! / (side * side);
    return sums.map(Math.round) as [number, number, number];
  }

  /** How far what a card draws lies from what is painted without one, in levels of 0 … 255: for tests. */
  waysDiffer(): { mean: number; most: number } {
    const { renderer } = this;
    if (!renderer) return { mean: 0, most: 0 };
    const wasSoftware = renderer.isSoftware;
    const [drawn, painted] = [false, true].map((isSoftware) => {
      renderer.isSoftware = isSoftware;
      return this.#pixels();
    }) as [Uint8Array, Uint8Array];
    renderer.isSoftware = wasSoftware;
    this.invalidate();
    const gaps = drawn.map((value, i) => Math.abs(value - painted[i]!));
    return { mean: gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length, most: gaps.reduce((a, b) => Math.max(a, b), 0) };
  }

  #pixels(): Uint8Array {
    this.draw(performance.now());
    const { width, height } = this.#canvas;
    return this.renderer?.readPixels(0, 0, width, height) ?? new Uint8Array();
  }

  /** Share of the canvas that is neither paper nor land: for tests. */
  inkedShare(): number {
    const pixels = this.#pixels();
    const { width, height } = this.#canvas;
    let inked = 0;
    for (let i = 0; i < pixels.length; i += 4) {
      const [r, g, b] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
      if (Math.max(r, g, b) - Math.min(r, g, b) > 24) inked++;
    }
    return inked / Math.max(1, width * height);
  }
}
