/** Where one looks: the camera, the window, what panels cover, and flights. */

import * as camera from "../core/camera";
import { GUTTER, LEFT, NARROW } from "../core/cover";
import type { Bounds, Camera, Insets, Size, Square } from "../core/camera";

const NO_INSETS: Insets = { left: 0, right: 0, top: 0, bottom: 0 };
/** Room around what a flight shows, at most, CSS px: names reach beyond their clusters, to the sides most. */
const PADDING = { x: 60, y: 36 };
/** What the toolbar at the lower edge takes of a window that is not narrow. */
const TOOLBAR = { height: 60, from: NARROW };
/** What the outline and a lowered sheet cover, CSS px. */
const HOME_COVER = { left: LEFT + 2 * GUTTER, bottom: 60 };

function padded({ left, right, top, bottom }: Insets, size: Size): Insets {
  const x = Math.min(PADDING.x, 0.05 * size.width);
  const y = Math.min(PADDING.y, 0.05 * size.height);
  const below = size.width < TOOLBAR.from || size.height < TOOLBAR.from / 2 ? y : Math.max(y, TOOLBAR.height);
  return { left: left + x, right: right + x, top: top + y, bottom: bottom + below };
}

export class ViewState {
  camera = $state.raw<Camera>({ x: 0.5, y: 0.5, zoom: 1 });
  size = $state.raw<Size>({ width: 1, height: 1 });
  root = $state.raw<Square>({ x: 0, y: 0, size: 1 });
  /** What panels cover now. */
  insets = $state.raw<Insets>(NO_INSETS);
  /** The part of the root square that holds points: what "the whole map" means. */
  land = $state.raw<Bounds>({ x0: 0, y0: 0, x1: 1, y1: 1 });
  isMoving = $state(false);
  /** The whole map is shown, and stays so when the room for it changes. */
  #isWhole = false;
  #flight = 0;
  #restTimer: ReturnType<typeof setTimeout> | undefined;

  get scale(): number {
    return camera.scaleOf(this.camera, this.root);
  }

  toScreen(point: { x: number; y: number }): { x: number; y: number } {
    return camera.toScreen(point, this);
  }

  toMap(screen: { x: number; y: number }): { x: number; y: number } {
    return camera.toMap(screen, this);
  }

  /** Looks elsewhere at once. */
  jump(to: Camera): void {
    this.#isWhole = false;
    cancelAnimationFrame(this.#flight);
    this.#set(camera.keepInside(to, this.root));
  }

  panBy(dx: number, dy: number): void {
    this.jump(camera.pan(dx, dy, this));
  }

  zoomBy(steps: number, at?: { x: number; y: number }): void {
    this.jump(camera.zoomAt(at ?? this.middle(), steps, this));
  }

  /** The middle of what panels leave free. */
  middle(): { x: number; y: number } {
    const { left, right, top, bottom } = this.insets;
    return { x: (left + this.size.width - right) / 2, y: (top + this.size.height - bottom) / 2 };
  }

  flyTo(to: Camera): void {
    this.#isWhole = false;
    cancelAnimationFrame(this.#flight);
    const target = camera.keepInside(to, this.root);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.#set(target);
      return;
    }
    const from = this.camera;
    const lasts = camera.flightMs(from, target, this);
    let started = -1;
    const step = (now: number) => {
      if (started < 0) started = now;
      const t = (now - started) / lasts;
      this.#set(camera.flightAt(from, target, t));
      if (t < 1) this.#flight = requestAnimationFrame(step);
    };
    this.#flight = requestAnimationFrame(step);
  }

  flyZoom(steps: number, at?: { x: number; y: number }): void {
    this.flyTo(camera.zoomAt(at ?? this.middle(), steps, this));
  }

  wholeMap(): Camera {
    return camera.fit(this.land, { root: this.root, size: this.size, insets: padded(this.insets, this.size) });
  }

  /** Shows the whole map, and goes on to when the window or a panel below takes room or gives it. */
  showWhole({ isAtOnce = false }: { isAtOnce?: boolean } = {}): void {
    if (isAtOnce) this.jump(this.wholeMap());
    else this.flyTo(this.wholeMap());
    this.#isWhole = true;
  }

  /** Call when the room for the map has changed. */
  roomChanged(): void {
    if (this.#isWhole) this.showWhole({ isAtOnce: true });
  }

  /** What `home` depends on, as one value: panels that come and go with reading do not move the names. */
  readonly homeKey: string = $derived.by(() => {
    const { left, top, bottom } = this.#homeInsets();
    const { x0, y0, x1, y1 } = this.land;
    return [this.size.width, this.size.height, left, top, bottom, x0, y0, x1, y1].join(" ");
  });

  /** The whole map as one sees it with nothing but the map open. */
  home(): { camera: Camera; root: Square; size: Size; insets: Insets } {
    const { root, size } = this;
    const insets = this.#homeInsets();
    return { root, size, insets, camera: camera.fit(this.land, { root, size, insets: padded(insets, size) }) };
  }

  #homeInsets(): Insets {
    const { left, top, bottom } = this.insets;
    return { left: Math.min(left, HOME_COVER.left), top, right: 0, bottom: Math.min(bottom, HOME_COVER.bottom) };
  }

  flyToBounds(bounds: Bounds, maxZoom = camera.MAX_ZOOM): void {
    this.flyTo(camera.fit(bounds, { root: this.root, size: this.size, insets: padded(this.insets, this.size), maxZoom }));
  }

  /** True where no panel covers the place and it lies on the screen. */
  isInTheOpen(point: { x: number; y: number }, room = 24): boolean {
    const { x, y } = this.toScreen(point);
    const { left, right, top, bottom } = this.insets;
    return (
      x >= left + room &&
      x <= this.size.width - right - room &&
      y >= top + room &&
      y <= this.size.height - bottom - room
    );
  }

  /** Moves so that (x, y) is in the open, without a change of zoom. */
  makeRoomFor(point: { x: number; y: number }): void {
    if (this.isInTheOpen(point)) return;
    this.flyTo(camera.centredOn(point.x, point.y, { zoom: this.camera.zoom, root: this.root, insets: this.insets }));
  }

  #set(next: Camera): void {
    this.camera = next;
    this.isMoving = true;
    clearTimeout(this.#restTimer);
    this.#restTimer = setTimeout(() => (this.isMoving = false), 140);
  }
}
