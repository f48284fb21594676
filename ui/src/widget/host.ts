/** The host of a page in a notebook's cell: it has an element, and nothing of the document around it. */

import { isDarkAround } from "../core/ground";
import { type Host, seen } from "../state/host";
import type { Model } from "./model";

/** A notebook's theme comes as an attribute first and as colours some time later. */
const RECHECKS_MS = [0, 250, 1000];

/** `box` stands in the notebook; `root`, in the box's shadow, holds the page. */
export function widgetHost(box: HTMLElement, root: HTMLElement, model: Model, reload: () => void): Host {
  const shadow = root.getRootNode() as ShadowRoot;
  let hash = "";
  return {
    root,
    keys: root,
    get isDark() {
      return isDarkAround(surroundings(box));
    },
    watchDark: (changed) => watchTheme(changed),
    get isSeen() {
      return seen.isSeen;
    },
    watchSeen: seen.watchSeen,
    address: {
      get hash() {
        return hash;
      },
      write: (written) => void (hash = written),
      // One does not go back and forth in a cell.
      watch: () => () => undefined,
      url: () => null,
    },
    recall: () => (model.get("_memory") as string) || null,
    remember(text) {
      model.set("_memory", text);
      model.save_changes();
    },
    setTitle: (title) => root.setAttribute("aria-label", title),
    find: (selector) => root.querySelector<HTMLElement>(selector),
    get focused() {
      return shadow.activeElement === root ? null : shadow.activeElement;
    },
    // One who scrolls past the cell must get past it: the wheel is the map's once it was clicked. A pinch always is.
    takesWheel: (event) => event.ctrlKey || shadow.activeElement !== null || document.fullscreenElement === box,
    reload,
    // A notebook is left without a word from its cells.
    guard: () => () => undefined,
    expose: (handle) => Object.assign(box, { __portolan: handle }),
  };
}

function surroundings(box: HTMLElement) {
  const { documentElement: html, body } = document;
  const isLight = body.dataset["jpThemeLight"]; // JupyterLab and its notebook
  return {
    said: [
      isLight && (isLight === "true" ? "light" : "dark"),
      body.dataset["vscodeThemeKind"],
      ...[html, body].flatMap((one) => [one.dataset["theme"], one.getAttribute("theme"), one.className]),
    ],
    backgrounds: outwards(box).map((element) => getComputedStyle(element).backgroundColor),
    isSystemDark: matchMedia("(prefers-color-scheme: dark)").matches,
  };
}

/** The element and all it stands in, across shadows. */
function outwards(element: Element): Element[] {
  const found: Element[] = [];
  for (let at: Element | null = element; at; ) {
    found.push(at);
    const around: Node = at.getRootNode();
    at = at.parentElement ?? (around instanceof ShadowRoot ? around.host : null);
  }
  return found;
}

function watchTheme(changed: () => void): () => void {
  let timers: ReturnType<typeof setTimeout>[] = [];
  const recheck = () => {
    timers.forEach(clearTimeout);
    timers = RECHECKS_MS.map((ms) => setTimeout(changed, ms));
  };
  const observer = new MutationObserver(recheck);
  for (const element of [document.documentElement, document.body]) observer.observe(element, { attributes: true });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", recheck);
  return () => {
    timers.forEach(clearTimeout);
    observer.disconnect();
    system.removeEventListener("change", recheck);
  };
}
