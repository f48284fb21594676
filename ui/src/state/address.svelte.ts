/** Keeps the address in step with what one sees, and what one sees in step with the address. */

import { centredOn } from "../core/camera";
import { EMPTY_LINK, type LinkState, formatLink, isOfLayout, parseLink } from "../core/link";
import { asPython } from "../core/python";
import { presentLink } from "./present";
import type { Session } from "./session.svelte";

const PAUSE_MS = 250;

export class Address {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stops: (() => void)[] = [];
  /** What the address says of rows, searches and colours; a change of these is a step to come back to. */
  #steps = "";
  #isApplying = false;
  /** Counts links that were followed: the last one alone is gone on with. */
  #turn = 0;
  /** Where the map lies, once that was asked. */
  #place: Promise<string | null> | null = null;

  constructor(private readonly session: Session) {}

  /** Goes where the address says; call once the map's frame is known. */
  async start(): Promise<void> {
    const { address } = this.session.host;
    await this.#apply(parseLink(address.hash), true);
    this.#stops.push(
      address.watch(() => void this.#apply(parseLink(address.hash), false)),
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
      f: session.filters.where || null,
      row: session.reading.pin?.rowId ?? null,
      sel: session.selected.map((row) => row.row_id),
      cluster: session.focus,
      topic: session.curation.open?.ref ?? null,
      with: this.#with(),
    };
  }

  #with(): LinkState["with"] {
    const { name, beside, isSwapped } = this.session.compare;
    if (name === null || !beside) return null;
    const { zoom, x, y } = beside.view.camera;
    return { name, map: beside.phase === "loading" ? null : { zoom, x, y }, isFirst: isSwapped };
  }

  /** What one sees now, as it stands in links after `#`. */
  hash(): string {
    return formatLink(this.current(), this.#unitsPerPx()).slice(1);
  }

  /** Goes where a link leads, given what stands in it after `#`. */
  go(link: string): void {
    const hash = `#${link}`;
    this.session.host.address.write(hash, true);
    void this.#apply(parseLink(hash), false);
  }

  /** The whole address of what one sees, or of one row; "" where there is none that others could open. */
  url(row?: number): string {
    const link = this.current();
    const hash = formatLink(row === undefined ? link : { ...link, row }, this.#unitsPerPx());
    return this.session.host.address.url(hash) ?? "";
  }

  /** A line of Python that gives the rows one sees. */
  async python(): Promise<string> {
    this.#place ??= this.session.source.place?.().catch(() => null) ?? Promise.resolve(null);
    return asPython(this.current(), await this.#place, this.#unitsPerPx());
  }

  #unitsPerPx(): number {
    return 1 / this.session.view.scale;
  }

  #write(link: LinkState): void {
    const hash = formatLink(link, this.#unitsPerPx());
    const { address } = this.session.host;
    if (hash === address.hash) return;
    const steps = withoutPlaces(link);
    const isStep = steps !== this.#steps;
    this.#steps = steps;
    address.write(hash, isStep);
  }

  async #apply(said: LinkState, isFirst: boolean): Promise<void> {
    const { session } = this;
    const { view, colors, reading, search } = session;
    const turn = ++this.#turn;
    this.#isApplying = true;
    clearTimeout(this.#timer);
    const link = await this.#present(said);
    if (turn !== this.#turn) return;
    this.#steps = withoutPlaces(link);
    this.#checkColor(said);
    colors.slug = colors.columns.find((column) => column.name === link.color)?.slug ?? colors.defaultSlug();
    // Places of another layout mean nothing on this one; its rows and clusters are found by their ids.
    const isHere = link.map !== null && isOfLayout(link, session.info?.layout ?? null);
    if (isHere && link.map) view.jump(link.map);
    else if (isFirst) view.showWhole({ isAtOnce: true });
    const { with: second } = link;
    session.compare.open(second && { name: second.name, camera: isHere ? second.map : null, isSwapped: second.isFirst });
    const asked: Promise<unknown>[] = [];
    const isOnClusters = link.cluster !== null || link.topic !== null || (link.f ?? "") !== session.filters.where;
    if (session.hasClusters || !isOnClusters) this.#applyClusters(link, isHere);
    else asked.push(session.clustersCame.then(() => this.#applyClusters(link, isHere)));
    if (link.sel.join() !== session.selected.map((row) => row.row_id).join()) {
      asked.push(session.select(link.sel).then(() => isHere || link.row !== null || session.showSelected()));
    }
    if ((link.q ?? "") !== search.state.query)
      asked.push(link.q ? search.run(link.q) : Promise.resolve(search.clear()));
    if (link.row !== (reading.pin?.rowId ?? null)) {
      asked.push(link.row === null ? reading.pinRow(null) : this.#openRow(link, isHere));
    }
    await Promise.all(asked);
    if (turn !== this.#turn) return;
    this.#isApplying = false;
    if (!isFirst) this.#timer = setTimeout(() => this.#write(this.current()), PAUSE_MS);
  }

  /** The link with clusters of a former layout as the present ones that share most rows with them. */
  async #present(link: LinkState): Promise<LinkState> {
    const { info, source } = this.session;
    const present = await presentLink(link, info?.layout ?? null, source);
    if (present) return present;
    this.#tell("This link names topics of a former layout that cannot be found again.");
    return { ...link, f: null, cluster: null, topic: null };
  }

  /** A column that has not come yet is no mistake: while a map is made, columns are added. */
  #checkColor({ color }: LinkState): void {
    const { info, colors } = this.session;
    if (color === null || info?.state === "building" || colors.columns.some(({ name }) => name === color)) return;
    this.#tell(`This link colours by “${color}”, a column that the map does not have.`);
  }

  #tell(problem: string): void {
    const { notice } = this.session;
    this.session.notice = notice && notice !== problem ? `${notice} ${problem}` : problem;
  }

  #applyClusters(link: LinkState, isHere: boolean): void {
    const { session } = this;
    session.filters.readFrom(link.f ?? "");
    session.focus = link.cluster && session.cluster(link.cluster) ? link.cluster : null;
    this.#applyTopic(link.topic);
    if (link.cluster && !session.focus) this.#tell("This link goes to a topic that the map no longer has.");
    const found = session.focus && session.clusterBounds(session.focus);
    if (!isHere && found) session.view.flyToBounds(found);
  }

  /** Opens or closes the page of a topic; where topics cannot be edited there is none. */
  #applyTopic(topic: LinkState["topic"]): void {
    const { curation } = this.session;
    const open = curation.open?.ref ?? null;
    if (topic === null) {
      if (open) curation.close();
    } else if (!this.session.cluster(topic)) this.#tell("This link opens a topic that the map no longer has.");
    else if (open?.layer !== topic.layer || open.cluster_id !== topic.cluster_id) void curation.show({ layer: topic.layer, cluster_id: topic.cluster_id });
  }

  /** Opens the link's row; one of another layout at its new place, as near as the link was. */
  async #openRow({ row, map }: LinkState, isHere: boolean): Promise<void> {
    const { session } = this;
    const { view, reading } = session;
    const turn = this.#turn;
    // What the reader covers of the map is known once it stands there.
    await session.panelsCame;
    if (turn !== this.#turn) return;
    await session.openRow(row!);
    const place = reading.pin?.row;
    if (isHere || !map || !place || place.x === null || place.y === null) return;
    view.flyTo(centredOn(place.x, place.y, { zoom: map.zoom, root: view.root, insets: view.insets }));
  }
}

/** What a link says but for where one looks: a change of it is a step to come back to. */
function withoutPlaces(link: LinkState): string {
  return formatLink({ ...link, map: null, with: link.with && { ...link.with, map: null } });
}
