/**
 * Opens a map: the map by itself first, and what stands around it when its first frame is drawn. Panels are a module of
 * their own, so that the first frame waits neither for their script nor for their making.
 */

import { mount, unmount } from "svelte";
import { startCover } from "./core/cover";
import { createHandle } from "./handle";
import { Stage } from "./render/stage.svelte";
import { Address } from "./state/address.svelte";
import type { Session } from "./state/session.svelte";
import { Settings } from "./state/settings.svelte";
import { tellUnloaded } from "./unloaded";

/** Long enough that one wants to see what is going on. */
const PATIENCE_MS = 900;

/** What panels are given of what stands already. */
export interface Opened {
  session: Session;
  settings: Settings;
  address: Address;
  stage: Stage;
}

/** Shows the session's map in `target`; returns what takes it away again. */
export function openMap(target: HTMLElement, session: Session): () => void {
  const { host } = session;
  const settings = new Settings(host);
  const address = new Address(session);
  const stopLooks = $effect.root(() => takeLooks(session, settings));
  const element = Object.assign(document.createElement("div"), { className: "stage" });
  target.append(element);
  const { clientWidth: width, clientHeight: height } = target;
  session.compare.setCover(startCover({ width, height }, settings.panels.outline || settings.panels.legend));
  const stage = new Stage(element, session);
  host.expose(createHandle(session, stage));
  const panels = new Panels(target, { session, settings, address, stage });
  void session.start(() => address.start());
  const patience = setTimeout(() => void panels.show(), PATIENCE_MS);
  const stopWaiting = $effect.root(() => {
    $effect(() => {
      if (session.phase !== "loading") void panels.show();
    });
  });
  return () => {
    clearTimeout(patience);
    stopWaiting();
    panels.destroy();
    stage.destroy();
    address.destroy();
    stopLooks();
    settings.destroy();
    element.remove();
  };
}

/** How the page looks, from what the person chose. */
function takeLooks(session: Session, settings: Settings): void {
  const { host, colors } = session;
  $effect(() => {
    // What went wrong is told by a panel: until that stands, the page is still loading.
    const isTold = session.phase !== "error" || session.hasPanels;
    host.root.dataset["state"] = isTold ? session.phase : "loading";
  });
  $effect(() => {
    colors.ground = settings.ground;
    host.root.dataset["theme"] = settings.ground;
  });
  $effect(() => {
    session.look = settings.look;
    colors.palette = settings.look.palette;
    colors.ramp = settings.look.ramp;
  });
}

class Panels {
  #mounted: Record<string, unknown> | null = null;
  #asked: Promise<void> | null = null;
  #isGone = false;

  constructor(
    private readonly target: HTMLElement,
    private readonly opened: Opened,
  ) {
    opened.session.expectPanels();
  }

  show(): Promise<void> {
    return (this.#asked ??= this.#load());
  }

  destroy(): void {
    this.#isGone = true;
    if (this.#mounted) void unmount(this.#mounted);
  }

  async #load(): Promise<void> {
    try {
      const { default: App } = await import("./App.svelte");
      if (this.#isGone) return;
      this.#mounted = mount(App, { target: this.target, props: this.opened });
      this.opened.session.tellPanels();
      this.opened.stage.invalidate();
    } catch (error) {
      tellUnloaded(this.target, error);
    }
  }
}
