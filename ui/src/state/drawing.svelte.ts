/** Drawing around rows: which tool is in hand, and the line so far. */

import { area, rectangle, simplified } from "../core/lasso";
import type { Place } from "../core/camera";
import type { FilterState } from "./filtering.svelte";
import type { ViewState } from "./view.svelte";

export type Tool = "lasso" | "rectangle";

/** Less than this (CSS px², twice) is no area: a click. */
const LEAST_AREA = 60;

export class DrawingState {
  #tool = $state<Tool | null>(null);
  /** CSS px of the stage. */
  path = $state.raw<readonly Place[]>([]);
  /** Called when an area was drawn. */
  onDrawn: () => void = () => undefined;
  /** The map that this one stands beside: its tool draws here too, and its filter keeps what is drawn. */
  lead = $state.raw<DrawingState | null>(null);

  constructor(
    private readonly view: ViewState,
    private readonly filters: FilterState,
    private readonly layout: () => string | null,
  ) {}

  get tool(): Tool | null {
    return this.lead ? this.lead.tool : this.#tool;
  }

  set tool(tool: Tool | null) {
    if (this.lead) this.lead.tool = tool;
    else this.#tool = tool;
  }

  toggle(tool: Tool): void {
    this.tool = this.tool === tool ? null : tool;
    this.path = [];
  }

  /** The line goes on; `tool`: what draws where none is in hand. */
  extend(from: Place, to: Place, tool: Tool): void {
    const now = this.tool ?? tool;
    if (now === "rectangle") this.path = rectangle(from, to);
    else this.path = this.path.length === 0 ? [from, to] : [...this.path, to];
  }

  /** The line is closed: its rows are kept. */
  finish(): void {
    const corners = simplified(this.path);
    const layout = this.layout();
    this.path = [];
    this.tool = null;
    if (corners.length < 3 || area(corners) < LEAST_AREA || layout === null) return;
    // A tenth of a pixel is as fine as a hand draws.
    const digits = Math.max(0, Math.ceil(Math.log10(this.view.scale)) + 1);
    const round = (value: number) => Number(value.toFixed(Math.min(12, digits)));
    const polygon = corners.map((corner) => this.view.toMap(corner)).map(({ x, y }) => ({ x: round(x), y: round(y) }));
    const { filters, onDrawn } = this.lead ?? this;
    filters.addArea(layout, polygon);
    onDrawn();
  }

  /** The line is dropped, its tool stays in hand. */
  breakOff(): void {
    this.path = [];
  }

  cancel(): boolean {
    const wasDrawing = this.tool !== null || this.path.length > 0;
    this.tool = null;
    this.path = [];
    return wasDrawing;
  }
}
