/**
 * What a link says: `#map=zoom/x/y&v=LAYOUT&color=COLUMN&q=…&f=FILTER&row=ID&cluster=LAYER/ID&topic=LAYER/ID&sel=ID,ID`,
 * and for a second layout beside it `&with=NAME&withmap=zoom/x/y&swap=1`.
 */

export interface LinkState {
  map: { zoom: number; x: number; y: number } | null;
  layout: string | null;
  color: string | null;
  q: string | null;
  /** What the legend lets through, in the words of `core/filter-text`. */
  f: string | null;
  row: number | null;
  cluster: { layer: number; cluster_id: number } | null;
  /** The topic whose page is open. */
  topic: { layer: number; cluster_id: number } | null;
  /** Rows that are marked. */
  sel: number[];
  /** The further layout beside the map's own, and where one looks on it. */
  with: { name: string; map: LinkState["map"]; isFirst: boolean } | null;
}

export const EMPTY_LINK: LinkState = {
  map: null,
  layout: null,
  color: null,
  q: null,
  f: null,
  row: null,
  cluster: null,
  topic: null,
  sel: [],
  with: null,
};

/** Reads a link; parts that make no sense are left out. */
export function parseLink(hash: string): LinkState {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  return {
    map: parseMap(params.get("map")),
    layout: params.get("v"),
    color: params.get("color"),
    q: params.get("q"),
    f: params.get("f"),
    row: parseId(params.get("row")),
    cluster: parseCluster(params.get("cluster")),
    topic: parseCluster(params.get("topic")),
    sel: (params.get("sel") ?? "").split(",").flatMap((id) => parseId(id) ?? []),
    with: parseWith(params),
  };
}

/** Whether places of the link are places of that layout. A layout made again has a number behind its name. */
export function isOfLayout(link: LinkState, layout: string | null): boolean {
  return link.layout === null || (layout !== null && bare(link.layout) === bare(layout));
}

function bare(layout: string): string {
  return layout.replace(/-\d+$/, "");
}

/** Whether it names clusters by numbers, which another layout gives to others. */
export function namesClusters({ f, cluster, topic }: LinkState): boolean {
  return cluster !== null || topic !== null || (f !== null && /\bcluster_\d/i.test(f));
}

function parseWith(params: URLSearchParams): LinkState["with"] {
  const name = params.get("with");
  return name ? { name, map: parseMap(params.get("withmap")), isFirst: params.get("swap") === "1" } : null;
}

function parseMap(text: string | null): LinkState["map"] {
  const parts = text?.split("/") ?? [];
  const [zoom, x, y] = parts.map(Number);
  if (parts.length !== 3 || parts.includes("") || ![zoom, x, y].every(Number.isFinite)) return null;
  return { zoom: zoom!, x: x!, y: y! };
}

function parseId(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** "2/17", or "17" for a cluster of the finest layer. */
function parseCluster(text: string | null): LinkState["cluster"] {
  const found = text?.match(/^(?:(\d{1,3})[/-])?(\d{1,10})$/);
  return found ? { layer: Number(found[1] ?? 0), cluster_id: Number(found[2]) } : null;
}

/** Writes a link; parts that are null are left out. Numbers keep about a tenth of a pixel. */
export function formatLink(link: LinkState, unitsPerPx = 1e-6): string {
  const digits = Math.min(12, Math.max(0, Math.ceil(-Math.log10(unitsPerPx)) + 1));
  const parts: string[] = [];
  const written = ({ zoom, x, y }: NonNullable<LinkState["map"]>) =>
    `${trim(zoom.toFixed(2))}/${trim(x.toFixed(digits))}/${trim(y.toFixed(digits))}`;
  if (link.map) parts.push(`map=${written(link.map)}`);
  if (link.layout !== null) parts.push(`v=${encodeURIComponent(link.layout)}`);
  if (link.color !== null) parts.push(`color=${encodeURIComponent(link.color)}`);
  if (link.q) parts.push(`q=${encodeURIComponent(link.q)}`);
  if (link.f) parts.push(`f=${encodeURIComponent(link.f)}`);
  if (link.row !== null) parts.push(`row=${link.row}`);
  if (link.cluster) parts.push(`cluster=${link.cluster.layer}/${link.cluster.cluster_id}`);
  if (link.topic) parts.push(`topic=${link.topic.layer}/${link.topic.cluster_id}`);
  if (link.sel.length > 0) parts.push(`sel=${link.sel.join(",")}`);
  if (link.with) {
    parts.push(`with=${encodeURIComponent(link.with.name)}`);
    if (link.with.map) parts.push(`withmap=${written(link.with.map)}`);
    if (link.with.isFirst) parts.push("swap=1");
  }
  return parts.length > 0 ? `#${parts.join("&")}` : "";
}

function trim(number: string): string {
  return number.includes(".") ? number.replace(/\.?0+$/, "") : number;
}
