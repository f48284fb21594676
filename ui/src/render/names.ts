/** Cluster names on the land: real buttons, placed by CSS transforms. */

import { type Frame, type Land, type Spot, placeNames } from "../core/anchors";
import { type Camera, type Insets, type Size, type Square, BASE_PX, toScreen } from "../core/camera";
import { css, toRgb } from "../core/color";
import type { Extent } from "../core/extents";
import { type NameBox, type NameSpan, nameLines, nameOpacity, nameSpans } from "../core/names";
import type { PictureName } from "../core/picture";
import type { Cluster } from "../data/types";
import type { ClusterRef } from "../state/types";

/** More names than this find no place anyway; comparing them all would take long. */
const MOST_NAMES = 4000;
const FULL_SIZE_PX = 1500;
/** Room between a name of the coarsest layer and the window's edge or a panel, CSS px. */
const EDGE_PX = 6;
/** Opacity of a name that lies over the row one reads. */
const IN_WAY = 0.12;

interface NameStyle {
  className: string;
  fontPx: number;
  weight: number;
  spacingEm: number;
  isUpper: boolean;
  /** Room around the name, CSS px. */
  padX: number;
  padY: number;
  /** The cluster must be this wide on the screen, CSS px. */
  leastPx: number;
  nLines: number;
}

/** The view of the whole map, which the coarsest names are placed for. */
export interface Home {
  camera: Camera;
  root: Square;
  size: Size;
  insets: Insets;
}

interface Name {
  ref: ClusterRef;
  x: number;
  y: number;
  span: NameSpan;
  width: number;
  height: number;
  button: HTMLButtonElement | null;
  cluster: Cluster;
  style: NameStyle;
  isShown: boolean;
  /** What the button shows now, to touch the page only where it changes. */
  drawn: string;
}

export interface NameEvents {
  open: (ref: ClusterRef) => void;
  light: (ref: ClusterRef | null) => void;
}

export class NameLayer {
  readonly element = document.createElement("div");
  #names: Name[] = [];
  #family = "sans-serif";
  #clickedAt = "";

  constructor(private readonly events: NameEvents) {
    this.element.className = "names";
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Clusters on the map");
  }

  /**
   * Finds places and zooms of all names anew: after clusters, their extents or the window change.
   *
   * `spots`: where the name of each cluster may stand, best first; a cluster without them has its name at its centre.
   * `share`: 1 as many names as usual, less or more by the room that each takes; 0 none.
   */
  setClusters(
    clusters: readonly Cluster[],
    {
      extents,
      spots,
      home,
      share: wanted = 1,
    }: { extents: readonly Extent[]; spots: ReadonlyMap<Cluster, Land>; home: Home; share?: number },
  ): void {
    const { root } = home;
    this.element.replaceChildren();
    this.#family = getComputedStyle(this.element).fontFamily;
    if (wanted <= 0) clusters = [];
    const roomy = 1 / Math.max(0.1, wanted);
    const top = clusters.reduce((most, cluster) => Math.max(most, cluster.layer), 0);
    const places = [...clusters.keys()].sort(
      (a, b) => clusters[b]!.layer - clusters[a]!.layer || clusters[b]!.size - clusters[a]!.size,
    );
    const measure = measurer(this.#family);
    const coarse = places.map((place) => clusters[place]!).filter(({ layer, name }) => layer === top && name);
    const anchors = anchorsOf(coarse, { spots, home, measure });
    const names: Name[] = [];
    const boxes: NameBox[] = [];
    const nOfLayer = new Map<number, number>();
    for (const cluster of clusters) nOfLayer.set(cluster.layer, (nOfLayer.get(cluster.layer) ?? 0) + 1);
    const seen = new Map<number, number>();
    for (const place of places.slice(0, MOST_NAMES)) {
      const cluster = clusters[place]!;
      const extent = extents[place];
      if (!extent || !cluster.name) continue;
      const rank = seen.get(cluster.layer) ?? 0;
      seen.set(cluster.layer, rank + 1);
      const usual = styleOf(top - cluster.layer, rank / Math.max(1, nOfLayer.get(cluster.layer)!), cluster.layer === 0);
      const placed = anchors.get(cluster);
      const style = placed?.style ?? usual;
      const { x, y } = placed?.spot ?? extent;
      const { width, height } = measure(cluster.name, style);
      const zoomOfPx = (px: number) => Math.log2((px / (2 * extent.radius)) * (root.size / BASE_PX));
      const isTop = cluster.layer === top;
      boxes.push({
        x,
        y,
        layer: cluster.layer,
        size: cluster.size,
        radius: extent.radius,
        width: width + 2 * style.padX * (isTop ? 1 : roomy),
        height: height + 2 * style.padY * (isTop ? 1 : roomy),
        // A coarse name without a place at home waits: it must not take another's.
        from: !isTop ? zoomOfPx(style.leastPx * roomy) : placed || spots.size === 0 ? -Infinity : home.camera.zoom + 0.25,
        until: cluster.layer === 0 ? Infinity : zoomOfPx(FULL_SIZE_PX),
      });
      names.push({
        ref: { layer: cluster.layer, cluster_id: cluster.cluster_id },
        x,
        y,
        width,
        height,
        span: { from: 0, until: 0 },
        button: null,
        cluster,
        style,
        isShown: false,
        drawn: "",
      });
    }
    const spans = nameSpans(boxes, BASE_PX / root.size);
    names.forEach((name, place) => (name.span = spans[place]!));
    this.#names = names.filter((name) => name.span.from < name.span.until);
  }

  /** Places the names for a view. */
  draw(
    { camera, root, size }: { camera: Camera; root: Square; size: Size },
    {
      ground,
      hueOf,
      isMoving,
      clear,
    }: {
      ground: "light" | "dark";
      hueOf: (ref: ClusterRef) => number;
      isMoving: boolean;
      /** A place of the screen that must be seen: names over it step back. */
      clear: Spot | null;
    },
  ): void {
    const scale = (BASE_PX * 2 ** camera.zoom) / root.size;
    for (const name of this.#names) {
      const fading = nameOpacity(name.span, camera.zoom);
      // At rest a name is there or it is not: nothing stays half faded.
      const opacity = isMoving ? fading : Math.round(fading);
      const x = (name.x - camera.x) * scale + size.width / 2;
      const y = (camera.y - name.y) * scale + size.height / 2;
      const isOn =
        opacity > 0.02 &&
        Math.abs(x - size.width / 2) < size.width / 2 + name.width / 2 &&
        Math.abs(y - size.height / 2) < size.height / 2 + name.height / 2;
      if (!isOn) {
        if (name.isShown && name.button) name.button.hidden = true;
        name.isShown = false;
        continue;
      }
      const button = (name.button ??= this.#createButton(name));
      if (!name.isShown) button.hidden = false;
      name.isShown = true;
      const isInWay =
        clear !== null && Math.abs(clear.x - x) < name.width / 2 + 8 && Math.abs(clear.y - y) < name.height / 2 + 8;
      const left = Math.round(x * 2) / 2;
      const above = Math.round(y * 2) / 2;
      button.style.transform = `translate(${left}px, ${above}px) translate(-50%, -50%)`;
      const shown = (isInWay ? Math.min(opacity, IN_WAY) : opacity).toFixed(2);
      const drawn = `${shown} ${ground} ${hueOf(name.ref)}`;
      if (drawn === name.drawn) continue;
      name.drawn = drawn;
      button.style.opacity = shown;
      button.style.color = inkFor(hueOf(name.ref), ground, name.style.isUpper);
    }
  }

  /** The names on the screen as a picture writes them, px from the stage's upper left corner. */
  written(
    { camera, root, size }: { camera: Camera; root: Square; size: Size },
    { ground, hueOf }: { ground: "light" | "dark"; hueOf: (ref: ClusterRef) => number },
  ): PictureName[] {
    return this.#names
      .filter((name) => name.isShown)
      .map(({ ref, x, y, width, height, cluster, style }) => ({
        ...toScreen({ x, y }, { camera, root, size }),
        lines: nameLines(style.isUpper ? cluster.name.toUpperCase() : cluster.name, style),
        width,
        height,
        font: { size: style.fontPx, weight: style.weight, spacingEm: style.spacingEm },
        color: inkFor(hueOf(ref), ground, style.isUpper),
      }));
  }

  /** Names on the screen now. */
  visible(): { name: string; layer: number; cluster_id: number; opacity: number; box: DOMRect }[] {
    return this.#names
      .filter((name) => name.isShown)
      .map((name) => ({
        name: name.cluster.name,
        ...name.ref,
        opacity: Number(name.button!.style.opacity),
        box: name.button!.getBoundingClientRect(),
      }));
  }

  #createButton(name: Name): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `land-name ${name.style.className}`;
    button.setAttribute("aria-label", `${name.cluster.name}, ${name.cluster.size.toLocaleString("en")} rows`);
    button.style.fontSize = `${name.style.fontPx}px`;
    for (const line of nameLines(name.cluster.name, name.style)) {
      const span = document.createElement("span");
      span.dir = "auto";
      span.textContent = line;
      button.append(span, " "); // the space keeps the words apart for those who hear them
    }
    // After a flight another name may lie under a pointer that did not move: that is no pointing.
    const light = (event: Event) => {
      const at = event instanceof PointerEvent ? `${event.clientX} ${event.clientY}` : null;
      if (at === null || at !== this.#clickedAt) this.events.light(name.ref);
    };
    const unlight = () => this.events.light(null);
    button.addEventListener("pointerenter", light);
    button.addEventListener("pointerleave", unlight);
    button.addEventListener("focus", light);
    button.addEventListener("blur", unlight);
    button.addEventListener("click", (event) => {
      this.#clickedAt = `${event.clientX} ${event.clientY}`;
      this.events.light(null);
      this.events.open(name.ref);
    });
    this.element.append(button);
    return button;
  }
}

/** Places on the land for the coarsest names, so that all are in sight at home, if need be smaller and on more lines. */
function anchorsOf(
  clusters: readonly Cluster[],
  { spots, home, measure }: { spots: ReadonlyMap<Cluster, Land>; home: Home; measure: Measure },
): Map<Cluster, { spot: Spot; style: NameStyle }> {
  const styles = clusters.map((_, rank) => {
    const usual = styleOf(0, rank / Math.max(1, clusters.length), false);
    const small = { ...usual, fontPx: 11.5, spacingEm: 0.06, padX: 5, padY: 2 };
    const narrow = { ...small, fontPx: 11, padX: 4 };
    return [usual, small, { ...narrow, nLines: 3 }, { ...narrow, nLines: 4 }];
  });
  const wishes = clusters.map((cluster, place) => ({
    spots: (spots.get(cluster)?.spots ?? []).map((spot) => toScreen(spot, home)),
    nOwn: spots.get(cluster)?.nOwn ?? 0,
    sizes: styles[place]!.map((style) => {
      const { width, height } = measure(cluster.name, style);
      return { width: width + 2 * style.padX, height: height + 2 * style.padY };
    }),
  }));
  const { insets, size } = home;
  const frame: Frame = {
    left: insets.left + EDGE_PX,
    top: insets.top + EDGE_PX,
    right: size.width - insets.right - EDGE_PX,
    bottom: size.height - insets.bottom - EDGE_PX,
  };
  const found = new Map<Cluster, { spot: Spot; style: NameStyle }>();
  placeNames(wishes, frame).forEach((place, i) => {
    const cluster = clusters[i]!;
    const spot = place && spots.get(cluster)?.spots[place.spot];
    if (spot) found.set(cluster, { spot, style: styles[i]![place.size]! });
  });
  return found;
}

/** `depth` 0: the coarsest layer; `share` in 0 … 1: rank by size within the layer. */
function styleOf(depth: number, share: number, isFinest: boolean): NameStyle {
  if (depth === 0) {
    return {
      className: "land-name-top",
      fontPx: share < 0.34 ? 14 : 12.5,
      weight: 650,
      spacingEm: 0.09,
      isUpper: true,
      padX: 7,
      padY: 4,
      leastPx: 0,
      nLines: 2,
    };
  }
  const fontPx = (depth === 1 ? 14 : 13) - (share > 0.5 ? 1 : 0);
  return {
    className: depth === 1 ? "land-name-middle" : "land-name-fine",
    fontPx,
    weight: depth === 1 ? 600 : 500,
    spacingEm: 0,
    isUpper: false,
    padX: 9,
    padY: 5,
    leastPx: isFinest ? 56 : 40,
    nLines: 2,
  };
}

type Measure = (name: string, style: NameStyle) => { width: number; height: number };

function measurer(family: string): Measure {
  const context = document.createElement("canvas").getContext("2d");
  return (name, style) => {
    const lines = nameLines(style.isUpper ? name.toUpperCase() : name, style);
    if (context) context.font = `${style.weight} ${style.fontPx}px ${family}`;
    const width = Math.max(
      ...lines.map(
        (line) =>
          (context?.measureText(line).width ?? line.length * style.fontPx * 0.55) +
          line.length * style.spacingEm * style.fontPx,
      ),
    );
    return { width, height: lines.length * style.fontPx * 1.2 };
  };
}

/** Ink with a breath of the cluster's hue. */
function inkFor(hue: number, ground: "light" | "dark", isTop: boolean): string {
  return css(
    toRgb(
      ground === "light" ? { l: isTop ? 0.33 : 0.38, c: 0.055, h: hue } : { l: isTop ? 0.92 : 0.86, c: 0.045, h: hue },
    ),
  );
}
