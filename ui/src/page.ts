/** The page with a document to itself: served by `portolan open`, or published. */

import { ServerSource } from "./data/server";
import { StaticSource } from "./data/static";
import { openMap } from "./opening.svelte";
import { pageHost } from "./state/host";
import { Session } from "./state/session.svelte";

export function openPage(target: HTMLElement): void {
  // A published map's page says where its files are.
  const files = document.querySelector<HTMLMetaElement>('meta[name="portolan-data"]')?.content;
  const session = new Session(files ? new StaticSource(files) : new ServerSource(), pageHost());
  session.prepare();
  openMap(target, session);
}
