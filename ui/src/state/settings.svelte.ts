/** What the page remembers between visits: theme, panels, how the map is drawn, what is blurred. */

import { type BlurRule, readRules } from "../core/blur";
import { type Look, readLook } from "../core/look";
import type { RecipeForm } from "../data/cleaning";
import type { Host } from "./host";
import type { PanelState, Theme } from "./types";

const DEFAULTS: PanelState & { theme: Theme } = {
  theme: "system",
  outline: true,
  legend: true,
  leftTab: "topics",
  labelSide: null,
  facets: {},
  help: false,
  appearance: false,
  palette: false,
  readerWidth: 600,
  readerIsFull: false,
  table: false,
  tableHeight: 280,
  tables: {},
};

export class Settings {
  theme = $state<Theme>(DEFAULTS.theme);
  panels = $state.raw<PanelState>(DEFAULTS);
  look = $state.raw<Look>(readLook(null));
  /** What the person chose to blur, by the map's name. */
  blur = $state.raw<Readonly<Record<string, BlurRule>>>({});
  /** Recipes that were changed and not applied, by the map's folder. */
  drafts = $state.raw<Readonly<Record<string, RecipeForm>>>({});
  #isSystemDark = $state(false);

  #stop: () => void;

  constructor(private readonly host: Host) {
    const { theme, look, blur, drafts, ...panels } = read(host);
    this.drafts = drafts ?? {};
    this.theme = theme;
    this.look = readLook(look);
    this.blur = readRules(blur);
    this.panels = { ...panels, help: false, appearance: false, palette: false, readerIsFull: false };
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

  setLook(change: Partial<Look>): void {
    this.look = { ...this.look, ...change };
    this.#write();
  }

  setBlur(map: string, rule: BlurRule): void {
    this.blur = { ...this.blur, [map]: rule };
    this.#write();
  }

  /** Null: nothing is to be kept. */
  setDraft(map: string, draft: RecipeForm | null): void {
    const others = Object.fromEntries(Object.entries(this.drafts).filter(([name]) => name !== map));
    this.drafts = draft ? { ...others, [map]: draft } : others;
    this.#write();
  }

  destroy(): void {
    this.#stop();
  }

  #write(): void {
    this.host.remember(JSON.stringify({ ...this.panels, theme: this.theme, look: this.look, blur: this.blur, drafts: this.drafts }));
  }
}

function read(host: Host): typeof DEFAULTS & { look?: unknown; blur?: unknown; drafts?: Record<string, RecipeForm> } {
  try {
    const kept = JSON.parse(host.recall() ?? "{}") as Partial<typeof DEFAULTS>;
    return { ...DEFAULTS, ...kept };
  } catch {
    return DEFAULTS;
  }
}
