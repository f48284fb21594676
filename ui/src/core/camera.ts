/** From map units to the screen and back; where a flight passes. */

/** Centre of the view in map units; at zoom 0 the root square is 256 px wide, each step doubles it. */
export interface Camera {
  x: number;
  y: number;
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

/** A place in map units. */
export interface Place {
  x: number;
  y: number;
}

/** The square that holds all points, in map units. */
export interface Square {
  x: number;
  y: number;
  size: number;
}

export interface Bounds {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** CSS px that panels cover on each side. */
export interface Insets {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Those that have a place on the map. */
export function placed<T extends { x: number | null; y: number | null }>(things: readonly T[]): (T & Place)[] {
  return things.filter((thing): thing is T & Place => thing.x !== null && thing.y !== null);
}

export const BASE_PX = 256;
export const MAX_ZOOM = 22;
const LEAST_PX = 96;

/** CSS px per map unit. */
export function scaleOf(camera: Camera, root: Square): number {
  return (BASE_PX * 2 ** camera.zoom) / root.size;
}

export function toScreen(
  point: { x: number; y: number },
  { camera, root, size }: { camera: Camera; root: Square; size: Size },
): { x: number; y: number } {
  const scale = scaleOf(camera, root);
  return { x: (point.x - camera.x) * scale + size.width / 2, y: (camera.y - point.y) * scale + size.height / 2 };
}

export function toMap(
  screen: { x: number; y: number },
  { camera, root, size }: { camera: Camera; root: Square; size: Size },
): { x: number; y: number } {
  const scale = scaleOf(camera, root);
  return { x: camera.x + (screen.x - size.width / 2) / scale, y: camera.y - (screen.y - size.height / 2) / scale };
}

/** The part of the map on the screen. */
export function boundsOf(camera: Camera, { root, size }: { root: Square; size: Size }): Bounds {
  const scale = scaleOf(camera, root);
  const halfWidth = size.width / 2 / scale;
  const halfHeight = size.height / 2 / scale;
  return { x0: camera.x - halfWidth, x1: camera.x + halfWidth, y0: camera.y - halfHeight, y1: camera.y + halfHeight };
}

/** The camera after `steps` zoom levels about a place of the screen, which stays where it is. */
export function zoomAt(
  screen: { x: number; y: number },
  steps: number,
  view: { camera: Camera; root: Square; size: Size },
): Camera {
  const zoom = clampZoom(view.camera.zoom + steps);
  const anchor = toMap(screen, view);
  const scale = scaleOf({ ...view.camera, zoom }, view.root);
  return {
    x: anchor.x - (screen.x - view.size.width / 2) / scale,
    y: anchor.y + (screen.y - view.size.height / 2) / scale,
    zoom,
  };
}

/** The camera after the map was dragged by (dx, dy) px; some of the land always stays on the screen. */
export function pan(dx: number, dy: number, view: { camera: Camera; root: Square; size: Size }): Camera {
  const { camera, root } = view;
  const scale = scaleOf(camera, root);
  return keepInside({ ...camera, x: camera.x - dx / scale, y: camera.y + dy / scale }, root);
}

export function keepInside(camera: Camera, root: Square): Camera {
  return {
    x: Math.min(root.x + root.size, Math.max(root.x, camera.x)),
    y: Math.min(root.y + root.size, Math.max(root.y, camera.y)),
    zoom: clampZoom(camera.zoom),
  };
}

export function clampZoom(zoom: number): number {
  return Math.min(MAX_ZOOM, Math.max(Math.log2(LEAST_PX / BASE_PX), zoom));
}

/** The camera that shows `bounds` in the middle of what panels leave free. */
export function fit(
  bounds: Bounds,
  { root, size, insets, maxZoom = MAX_ZOOM }: { root: Square; size: Size; insets: Insets; maxZoom?: number },
): Camera {
  const width = Math.max(80, size.width - insets.left - insets.right);
  const height = Math.max(80, size.height - insets.top - insets.bottom);
  const boundsWidth = Math.max(bounds.x1 - bounds.x0, root.size * 1e-6);
  const boundsHeight = Math.max(bounds.y1 - bounds.y0, root.size * 1e-6);
  const scale = Math.min(width / boundsWidth, height / boundsHeight);
  const zoom = Math.min(maxZoom, clampZoom(Math.log2((scale * root.size) / BASE_PX)));
  return centredOn((bounds.x0 + bounds.x1) / 2, (bounds.y0 + bounds.y1) / 2, { zoom, root, insets });
}

/** The camera that shows (x, y) in the middle of what panels leave free. */
export function centredOn(
  x: number,
  y: number,
  { zoom, root, insets }: { zoom: number; root: Square; insets: Insets },
): Camera {
  const scale = scaleOf({ x, y, zoom }, root);
  return {
    x: x - (insets.left - insets.right) / 2 / scale,
    y: y + (insets.top - insets.bottom) / 2 / scale,
    zoom,
  };
}

/** Where a flight is at `t` in [0, 1]: eased out; while the zoom changes one place of the map stays fixed. */
export function flightAt(from: Camera, to: Camera, t: number): Camera {
  if (t >= 1) return to;
  const eased = 1 - (1 - t) ** 3;
  const zoom = from.zoom + (to.zoom - from.zoom) * eased;
  const span = 2 ** -from.zoom - 2 ** -to.zoom;
  const share = Math.abs(to.zoom - from.zoom) < 1e-3 ? eased : (2 ** -from.zoom - 2 ** -zoom) / span;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share, zoom };
}

/** How long a flight takes: farther is longer, never over 700 ms. */
export function flightMs(from: Camera, to: Camera, { root, size }: { root: Square; size: Size }): number {
  const scale = scaleOf({ ...from, zoom: Math.min(from.zoom, to.zoom) }, root);
  const screens = (Math.hypot(to.x - from.x, to.y - from.y) * scale) / Math.max(size.width, 1);
  return Math.min(700, 260 + 120 * Math.abs(to.zoom - from.zoom) + 260 * screens);
}
