/** What a person makes of clusters and views: the page of a cluster, edits, history, saved views. */

import { isAbort, problemOf } from "../data/server";
import type { ClusterEdit, ClusterPage, EditSource, JournalEvent, SavedView } from "../data/edits";
import type { Problem } from "../data/types";
import { Doing } from "./doing.svelte";
import type { ClusterRef } from "./types";

/** What is open, and what has come of it. */
export interface OpenPage {
  ref: ClusterRef;
  /** Null while it loads. */
  page: ClusterPage | null;
  problem: Problem | null;
}

/** The map that topics are of. */
export interface TopicMap {
  /** Clusters are others now: takes them anew. */
  refresh(): Promise<void>;
  /** The topic, if the map has it. */
  cluster(ref: ClusterRef): unknown;
  tell(text: string): void;
}

export class Curation extends Doing<EditSource> {
  open = $state.raw<OpenPage | null>(null);
  /** Null until they were asked for. */
  views = $state.raw<SavedView[] | null>(null);
  history = $state.raw<JournalEvent[] | null>(null);
  /** What was done last here: it can be undone at once. */
  done = $state.raw<JournalEvent | null>(null);
  #loading: AbortController | null = null;

  constructor(
    source: EditSource | null,
    private readonly map: TopicMap,
  ) {
    super(source);
  }

  async show(ref: ClusterRef): Promise<void> {
    if (!this.source) return;
    this.#loading?.abort();
    const loading = (this.#loading = new AbortController());
    const isSame = this.open?.ref.layer === ref.layer && this.open.ref.cluster_id === ref.cluster_id;
    this.problem = null;
    if (!isSame) this.done = null;
    this.open = { ref, page: isSame ? this.open!.page : null, problem: null };
    try {
      const page = await this.source.page(ref.layer, ref.cluster_id, loading.signal);
      if (!loading.signal.aborted) this.open = { ref, page, problem: null };
    } catch (error) {
      if (isAbort(error) || loading.signal.aborted) return;
      this.open = { ref, page: null, problem: problemOf(error) };
    }
  }

  /** What is open, as the map has it now: `ref` is the topic that it became, null where there is none. */
  async showAgain(ref = this.open?.ref ?? null): Promise<void> {
    if (!this.open) return;
    if (ref && this.map.cluster(ref)) return this.show(ref);
    this.close();
    this.map.tell("The topic that was open is no longer on the map.");
  }

  close(): void {
    this.#loading?.abort();
    this.open = null;
    this.problem = null;
    this.done = null;
  }

  /** Does it, and shows what came of it. False: it failed, and `problem` says why. */
  edit(edit: ClusterEdit): Promise<boolean> {
    return this.doing(async (source) => {
      const { event } = await source.edit(edit);
      await this.#after(event.cluster ?? edit.clusters[0] ?? null);
      this.done = event;
    });
  }

  undo(event?: number): Promise<boolean> {
    return this.doing(async (source) => {
      await source.undo(event);
      this.done = null;
      await this.#after(this.open?.ref ?? null);
    });
  }

  async loadHistory(): Promise<void> {
    await this.doing(async (source) => void (this.history = await source.history()));
  }

  /** Edits whose topic is there no longer. */
  get lost(): JournalEvent[] {
    return (this.history ?? []).filter((event) => event.is_lost && event.undone_by === null);
  }

  async loadViews(): Promise<void> {
    await this.doing(async (source) => void (this.views = await source.views()));
  }

  saveView(name: string, link: string, where: string): Promise<boolean> {
    return this.doing(async (source) => {
      await source.saveView({ name, link, where });
      this.views = await source.views();
    });
  }

  renameView(name: string, to: string): Promise<boolean> {
    return this.doing(async (source) => {
      await source.renameView(name, to);
      this.views = await source.views();
    });
  }

  deleteView(name: string): Promise<boolean> {
    return this.doing(async (source) => void (this.views = await source.deleteView(name)));
  }

  /** Others changed the map: what is open shows it. */
  async othersChanged(): Promise<void> {
    await this.showAgain();
    if (this.history && this.source) this.history = await this.source.history();
    if (this.views && this.source) this.views = await this.source.views();
  }

  async #after(ref: ClusterRef | null): Promise<void> {
    await this.map.refresh();
    if (this.history && this.source) this.history = await this.source.history();
    await this.showAgain(ref);
  }
}
