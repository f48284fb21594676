/**
 * What surrounds the page: a document of its own, or a cell of a notebook among others. The page asks its host, never
 * the document: so two of them can stand on one page, and neither takes the other's keys, address or memory.
 */
export interface Host {
  /** Carries `data-state` and `data-theme`; the page's styles start here. */
  readonly root: HTMLElement;
  /** Where keys are heard. */
  readonly keys: EventTarget;
  /** Whether the surroundings are dark. */
  readonly isDark: boolean;
  /** Calls `changed` when the surroundings turn dark or light; returns what stops that. */
  watchDark(changed: () => void): () => void;
  /** Whether the page can be seen: its tab is in front. */
  readonly isSeen: boolean;
  /** Calls `changed` when it comes into sight or leaves it; returns what stops that. */
  watchSeen(changed: () => void): () => void;
  readonly address: AddressBar;
  /** What was remembered from an earlier visit; null where there was none. */
  recall(): string | null;
  remember(text: string): void;
  setTitle(title: string): void;
  find(selector: string): HTMLElement | null;
  /** What has the keyboard's focus in the page, if anything. */
  readonly focused: Element | null;
  /** Whether a turn of the wheel is for the map, not for scrolling past it. */
  takesWheel(event: WheelEvent): boolean;
  /** Begins anew. */
  reload(): void;
  /** While `isDue` the person is asked before the page is left; returns what stops that. */
  guard(isDue: () => boolean): () => void;
  /** Shows `handle` to tests and scripts. */
  expose(handle: object): void;
}

export interface AddressBar {
  /** "#map=…", or "" where nothing is said. */
  readonly hash: string;
  /** `isStep`: a step that one can go back from. */
  write(hash: string, isStep: boolean): void;
  /** Calls `moved` when the person goes back or forth; returns what stops that. */
  watch(moved: () => void): () => void;
  /** The whole address of what `hash` shows; null where there is none that others could open. */
  url(hash: string): string | null;
}

const KEY = "portolan";

/** Sight of the document, for hosts to have. */
export const seen: Pick<Host, "isSeen" | "watchSeen"> = {
  get isSeen() {
    return document.visibilityState === "visible";
  },
  watchSeen(changed) {
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  },
};

/** The host of a page that has the document to itself. */
export function pageHost(): Host {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  return {
    root: document.documentElement,
    keys: window,
    get isDark() {
      return dark.matches;
    },
    watchDark(changed) {
      dark.addEventListener("change", changed);
      return () => dark.removeEventListener("change", changed);
    },
    get isSeen() {
      return seen.isSeen;
    },
    watchSeen: seen.watchSeen,
    address: {
      get hash() {
        return location.hash;
      },
      write: (hash, isStep) => history[isStep ? "pushState" : "replaceState"](null, "", hash || location.pathname),
      watch(moved) {
        addEventListener("popstate", moved);
        return () => removeEventListener("popstate", moved);
      },
      url: (hash) => `${location.origin}${location.pathname}${location.search}${hash}`,
    },
    recall() {
      try {
        return localStorage.getItem(KEY);
      } catch {
        return null; // A browser that keeps nothing still shows the map.
      }
    },
    remember(text) {
      try {
        localStorage.setItem(KEY, text);
      } catch {
        // As above.
      }
    },
    setTitle: (title) => void (document.title = title),
    find: (selector) => document.querySelector<HTMLElement>(selector),
    get focused() {
      return document.activeElement === document.body ? null : document.activeElement;
    },
    takesWheel: () => true,
    reload: () => location.reload(),
    guard(isDue) {
      const ask = (event: BeforeUnloadEvent) => isDue() && event.preventDefault();
      addEventListener("beforeunload", ask);
      return () => removeEventListener("beforeunload", ask);
    },
    expose: (handle) => Object.assign(window, { __portolan: handle }),
  };
}
