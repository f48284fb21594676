/** What one sees, as a line of Python that gives the same rows: the other half is `Map.view` and `Map.filter`. */

import { type LinkState, formatLink } from "./link";

/** `place`: the map's folder; null where the page does not know it, and the reader has the map as `m`. */
export function asPython(link: LinkState, place: string | null, unitsPerPx?: number): string {
  const map = place === null ? "m" : `portolan.open_map(${quoted(place)})`;
  const isFilterAlone = link.f !== null && !link.q && link.row === null && link.cluster === null && link.topic === null && link.sel.length === 0;
  const call = isFilterAlone ? `filter(${quoted(link.f!)})` : `view(${quoted(formatLink(link, unitsPerPx))})`;
  return place === null ? `${map}.${call}` : `import portolan\n\n${map}.${call}`;
}

/** Every string of JSON is a string of Python. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
