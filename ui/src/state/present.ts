/** What names clusters of a former layout, said of the present one. */

import { formatLink, isOfLayout, type LinkState, namesClusters, parseLink } from "../core/link";
import type { MapSource } from "../data/source";

/**
 * The link with the clusters that share most rows with those it names; null where they cannot be found again:
 * other clusters of the same number would be wrong.
 */
export async function presentLink(link: LinkState, layout: string | null, source: MapSource): Promise<LinkState | null> {
  if (layout === null || isOfLayout(link, layout) || !namesClusters(link) || !source.presentLink) return link;
  try {
    const { f, cluster, topic } = parseLink(await source.presentLink(formatLink(link)));
    return { ...link, f, cluster, topic };
  } catch {
    return null;
  }
}
