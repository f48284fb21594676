/** Keeps the address in step with what one sees, and what one sees in step with the address. */

import { EMPTY_LINK, type LinkState, formatLink, parseLink } from "../core/link";
import type { Session } from "./session.svelte";

const PAUSE_MS = 250;

export class Address {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stops: (() => void)[] = [];
  /** What the address says of rows, searches and colours; a change of these is a step to come back to. */
  #steps = "";
  #isApplying = false;

  constructor(private readonly session: Session) {}

  /** Goes where the address says; call once the map's frame is known. */
  async start(): Promise<void> {
    await this.#apply(parseLink(location.hash), true);
    const onChange = () => void this.#apply(parseLink(location.hash), false);
    addEventListener("popstate", onChange);
    this.#stops.push(
      () => removeEventListener("popstate", onChange),
      $effect.root(() => {
        $effect(() => {
          const link = this.current();
          clearTimeout(this.#timer);
          if (!this.#isApplying) this.#timer = setTimeout(() => this.#write(link), PAUSE_MS);
        });
      }),
    );
  }

  destroy(): void {
    clearTimeout(this.#timer);
    for (const stop of this.#stops) stop();
  }

  /** What one sees now, as a link. */
  current(): LinkState {
    const { session } = this;
    const { camera } = session.view;
    const { slug } = session.colors;
    return {
      ...EMPTY_LINK,
      map: { zoom: camera.zoom, x: camera.x, y: camera.y },
      layout: session.info?.layout ?? null,
      // Links name the column: a slug is made of the data, and changes with it.
      color: slug === session.colors.defaultSlug() ? null : (session.colors.column?.name ?? null),
      q: session.search.state.query || null,
      row: session.reading.pin?.rowId ?? null,
      cluster: session.focus,
    };
  }

  /** The whole address of what one sees, or of one row. */
  url(row?: number): string {
    const link = this.current();
    const hash = formatLink(row === undefined ? link : { ...link, row }, this.#unitsPerPx());
    return `${location.origin}${location.pathname}${location.search}${hash}`;
  }

  #unitsPerPx(): number {
    return 1 / this.session.view.scale;
  }

  #write(link: LinkState): void {
    const hash = formatLink(link, this.#unitsPerPx());
    if (hash === location.hash) return;
    const steps = formatLink({ ...link, map: null });
    const isStep = steps !== this.#steps;
    this.#steps = steps;
    history[isStep ? "pushState" : "replaceState"](null, "", hash || location.pathname);
  }

  async #apply(link: LinkState, isFirst: boolean): Promise<void> {
    const { session } = this;
    const { view, colors, reading, search } = session;
    this.#isApplying = true;
    clearTimeout(this.#timer);
    this.#steps = formatLink({ ...link, map: null });
    colors.slug = colors.columns.find((column) => column.name === link.color)?.slug ?? colors.defaultSlug();
    // Places of another layout mean nothing on this one; its rows and clusters are found by their ids.
    const isHere = link.map !== null && (link.layout === null || link.layout === session.info?.layout);
    if (isHere && link.map) view.jump(link.map);
    else if (isFirst) view.jump(view.wholeMap());
    session.focus = link.cluster && session.cluster(link.cluster) ? link.cluster : null;
    const found = session.focus && session.clusterBounds(session.focus);
    if (!isHere && found) view.flyToBounds(found);
    const asked: Promise<unknown>[] = [];
    if ((link.q ?? "") !== search.state.query)
      asked.push(link.q ? search.run(link.q) : Promise.resolve(search.clear()));
    if (link.row !== (reading.pin?.rowId ?? null)) {
      asked.push(link.row === null ? reading.pinRow(null) : session.openRow(link.row));
    }
    this.#isApplying = false;
    await Promise.all(asked);
  }
}
