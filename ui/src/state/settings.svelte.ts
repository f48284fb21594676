/** What the page remembers between visits: theme and panels. */

import type { PanelState, Theme } from "./types";

const KEY = "portolan";
const DEFAULTS: PanelState & { theme: Theme } = {
  theme: "system",
  outline: true,
  legend: true,
  help: false,
  palette: false,
  readerWidth: 600,
  readerIsFull: false,
};

export class Settings {
  theme = $state<Theme>(DEFAULTS.theme);
  panels = $state.raw<PanelState>(DEFAULTS);
  #isSystemDark = $state(false);

  constructor() {
    const { theme, ...panels } = read();
    this.theme = theme;
    this.panels = { ...panels, help: false, palette: false, readerIsFull: false };
    const dark = matchMedia("(prefers-color-scheme: dark)");
    this.#isSystemDark = dark.matches;
    dark.addEventListener("change", () => (this.#isSystemDark = dark.matches));
  }

  get ground(): "light" | "dark" {
    if (this.theme !== "system") return this.theme;
    return this.#isSystemDark ? "dark" : "light";
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.#write();
  }

  set(change: Partial<PanelState>): void {
    this.panels = { ...this.panels, ...change };
    this.#write();
  }

  #write(): void {
    try {
      localStorage.setItem(KEY, JSON.stringify({ ...this.panels, theme: this.theme }));
    } catch {
      // A browser that keeps nothing still shows the map.
    }
  }
}

function read(): typeof DEFAULTS {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<typeof DEFAULTS>;
    return { ...DEFAULTS, ...kept };
  } catch {
    return DEFAULTS;
  }
}
