/** The page with a document to itself: served by `portolan open`, or published. */

import { ServerSource } from "./data/server";
import { StaticSource } from "./data/static";
import { openMap } from "./opening.svelte";
import { pageHost } from "./state/host";
import { Session } from "./state/session.svelte";

/** `files`: where those of a published map are; null: a server answers. */
export function openPage(target: HTMLElement, files: string | null): void {
  const session = new Session(files ? new StaticSource(files) : new ServerSource(), pageHost());
  session.prepare();
  target.replaceChildren();
  openMap(target, session);
}
