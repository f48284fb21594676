/** What the page remembers between visits: theme and panels. */

import type { Host } from "./host";
import type { PanelState, Theme } from "./types";

const DEFAULTS: PanelState & { theme: Theme } = {
  theme: "system",
  outline: true,
  legend: true,
  leftTab: "topics",
  facets: {},
  help: false,
  palette: false,
  readerWidth: 600,
  readerIsFull: false,
};

export class Settings {
  theme = $state<Theme>(DEFAULTS.theme);
  panels = $state.raw<PanelState>(DEFAULTS);
  #isSystemDark = $state(false);

  #stop: () => void;

  constructor(private readonly host: Host) {
    const { theme, ...panels } = read(host);
    this.theme = theme;
    this.panels = { ...panels, help: false, palette: false, readerIsFull: false };
    this.#isSystemDark = host.isDark;
    this.#stop = host.watchDark(() => (this.#isSystemDark = host.isDark));
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

  destroy(): void {
    this.#stop();
  }

  #write(): void {
    this.host.remember(JSON.stringify({ ...this.panels, theme: this.theme }));
  }
}

function read(host: Host): typeof DEFAULTS {
  try {
    const kept = JSON.parse(host.recall() ?? "{}") as Partial<typeof DEFAULTS>;
    return { ...DEFAULTS, ...kept };
  } catch {
    return DEFAULTS;
  }
}
