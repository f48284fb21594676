/** What can be done on any map: moving, reading, searching, panels, colours, topics. */

import { columnName, count } from "../core/format";
import { isUsual, PALETTES, USUAL_LOOK } from "../core/look";
import { type Command, type Offer } from "./commands";
import { focusOn } from "./keys";
import type { Session } from "./session.svelte";
import type { Settings } from "./settings.svelte";
import type { Theme } from "./types";

const STEP_PX = 90;
const PANS: Record<string, [number, number]> = {
  ArrowLeft: [STEP_PX, 0],
  ArrowUp: [0, STEP_PX],
  ArrowRight: [-STEP_PX, 0],
  ArrowDown: [0, -STEP_PX],
};
const THEMES: [Theme, string][] = [
  ["system", "Theme as the system has it"],
  ["light", "Light theme"],
  ["dark", "Dark theme"],
];

export function addBaseCommands(session: Session, settings: Settings): void {
  const { commands } = session;
  commands.add(...onTheMap(session), ...reading(session, settings), ...finding(session), ...thePage(session, settings));
  commands.add({
    name: "Back: close what was opened last",
    group: "On the map",
    keys: ["Escape"],
    isInPalette: false,
    run: () => goBack(session, settings),
  });
  commands.hint("Finding", "Move in the results", "ArrowUp", "ArrowDown");
  commands.hint("Finding", "Read the result", "Enter");
  commands.hint("Finding", "Texts like the result", "m");
  commands.offer(rows(session), columns(session), topics(session), search(session));
}

function onTheMap(session: Session): Command[] {
  const { view } = session;
  const group = "On the map";
  return [
    { name: "Move", group, keys: Object.keys(PANS), isInPalette: false, run: (key) => view.panBy(...PANS[key]!) },
    { name: "Zoom in", group, keys: ["+"], alsoKeys: ["="], run: () => view.flyZoom(0.75) },
    { name: "Zoom out", group, keys: ["-"], run: () => view.flyZoom(-0.75) },
    { name: "Whole map", group, keys: ["0"], words: "fit reset view home", run: () => session.showWholeMap() },
    {
      name: "Clear marks",
      group,
      words: "unselect rows",
      isThere: () => session.selected.length > 0,
      run: () => (session.selected = []),
    },
  ];
}

function reading(session: Session, settings: Settings): Command[] {
  const isThere = () => session.reading.pin !== null;
  const full = () => settings.panels.readerIsFull;
  return [
    { name: "Next row", group: "Reading", keys: ["j"], run: () => session.walk.step(1) },
    { name: "Previous row", group: "Reading", keys: ["k"], run: () => session.walk.step(-1) },
    {
      name: () => (full() && isThere() ? "Leave full screen" : "Read in full screen"),
      group: "Reading",
      keys: ["f"],
      isThere,
      run: () => settings.set({ readerIsFull: !full() }),
    },
    {
      name: "Texts like this one",
      group: "Reading",
      words: "similar more",
      isThere,
      run: () => void session.searchLike(session.reading.pin!.rowId),
    },
    { name: "Close the reader", group: "Reading", isThere, run: () => session.closeRow() },
  ];
}

function finding(session: Session): Command[] {
  return [
    {
      name: "Search",
      group: "Finding",
      keys: ["/"],
      words: "find words meaning",
      isThere: () => session.info?.is_searchable === true,
      run: () => focusOn(session.host, "[role=searchbox]"),
    },
    {
      name: "Clear the search",
      group: "Finding",
      isThere: () => session.search.isOpen,
      run: () => session.search.clear(),
    },
  ];
}

function thePage(session: Session, settings: Settings): Command[] {
  const group = "The page";
  const hasTopics = () => session.colors.clusters.length > 0;
  const hidden = (isShown: boolean, what: string) => `${isShown ? "Hide" : "Show"} ${what}`;
  return [
    {
      name: "Topics",
      group,
      keys: ["g"],
      words: "outline clusters list",
      isThere: hasTopics,
      run: () => {
        settings.set({ outline: true });
        requestAnimationFrame(() => focusOn(session.host, '[role=tree] [tabindex="0"]'));
      },
    },
    {
      name: "Colour by…",
      group,
      keys: ["c"],
      words: "color legend column",
      run: () => {
        settings.set({ legend: true });
        requestAnimationFrame(() => focusOn(session.host, "[data-testid=legend] select"));
      },
    },
    {
      name: () => hidden(settings.panels.outline, "topics and filters"),
      group,
      keys: ["["],
      words: "left panel outline",
      run: () => settings.set({ outline: !settings.panels.outline }),
    },
    {
      name: () => hidden(settings.panels.legend, "colours"),
      group,
      keys: ["]"],
      words: "panel legend colors",
      run: () => settings.set({ legend: !settings.panels.legend }),
    },
    {
      name: () => hidden(settings.panels.table, "the table"),
      group,
      keys: ["t"],
      words: "rows list sort columns csv download",
      run: () => {
        session.table.show(!settings.panels.table);
        if (settings.panels.table) requestAnimationFrame(() => focusOn(session.host, "[data-testid=table] [role=grid]"));
      },
    },
    ...THEMES.map(([theme, name]): Command => ({
      name,
      group,
      words: "dark light night appearance",
      isThere: () => settings.theme !== theme,
      run: () => settings.setTheme(theme),
    })),
    { name: "Appearance", group, keys: ["a"], words: "point size opacity contours names palette ramp blur harm look", run: () => settings.set({ appearance: !settings.panels.appearance }) },
    {
      name: "Appearance as usual",
      group,
      words: "reset look",
      isThere: () => !isUsual(settings.look),
      run: () => settings.setLook(USUAL_LOOK),
    },
    {
      name: () => (settings.look.contours > 0 ? "Hide contours" : "Show contours"),
      group,
      words: "density lines appearance",
      run: () => settings.setLook({ contours: settings.look.contours > 0 ? 0 : 0.6 }),
    },
    {
      name: () => (settings.look.names > 0 ? "Hide names" : "Show names"),
      group,
      words: "labels topics appearance",
      run: () => settings.setLook({ names: settings.look.names > 0 ? 0 : 1 }),
    },
    ...PALETTES.map(({ name, label, isSafe }): Command => ({
      name: `Colours: ${label}${isSafe ? " (colour-blind safe)" : ""}`,
      group,
      words: "palette colour blind colors categories",
      isThere: () => settings.look.palette !== name,
      run: () => settings.setLook({ palette: name }),
    })),
    {
      name: () => (session.blurring.isLifted ? "Blur texts again" : "Show blurred texts until I leave"),
      group,
      words: "harm toxicity reveal",
      isThere: () => session.blurring.rule?.isOn === true,
      run: () => (session.blurring.isLifted = !session.blurring.isLifted),
    },
    { name: "Keys and help", group, keys: ["?"], words: "shortcuts keyboard", run: () => settings.set({ help: !settings.panels.help }) },
    {
      name: "All commands",
      group,
      keys: ["Mod+k"],
      isInPalette: false,
      run: () => settings.set({ palette: !settings.panels.palette, help: false }),
    },
  ];
}

/** One step back: what was opened last is closed first. */
function goBack(session: Session, settings: Settings): unknown {
  const isDrawingBeside = session.compare.beside?.drawing.cancel();
  if (session.drawing.cancel() || isDrawingBeside) return true;
  if (settings.panels.appearance) return settings.set({ appearance: false });
  if (settings.panels.help) return settings.set({ help: false });
  if (settings.panels.readerIsFull && session.reading.pin) return settings.set({ readerIsFull: false });
  if (session.reading.pin) return session.closeRow();
  if (session.curation.open) return session.curation.close();
  if (session.auditing.open) return session.auditing.close();
  if (session.search.isOpen) return session.search.clear();
  if (settings.panels.table && session.host.focused?.closest("[data-testid=table]")) return session.table.show(false);
  if (session.selected.length > 0) return void (session.selected = []);
  if (session.host.focused instanceof HTMLInputElement) return session.host.focused.blur();
  return session.compare.beside?.goBack() || session.goBack() || session.compare.close();
}

function columns(session: Session): Offer {
  return () =>
    session.colors.columns.map(({ slug, name, kind, layer }) => ({
      name: `Colour by ${kind === "cluster" ? layerName(session, layer ?? 0).toLowerCase() : columnName(name)}`,
      group: "The page",
      words: "color",
      isThere: () => session.colors.slug !== slug,
      run: () => (session.colors.slug = slug),
    }));
}

/** "Topics (14)": the clusters of one layer. */
export function layerName(session: Session, layer: number): string {
  const n = session.info?.layers.find((one) => one.layer === layer)?.clusters;
  return n === undefined ? "Topics" : `Topics (${count(n)})`;
}

const LEAST_LETTERS = 2;

/** Topics come when something is typed: thousands of them would bury the rest. */
function topics(session: Session): Offer {
  return (query) =>
    query.trim().length < LEAST_LETTERS
      ? []
      : session.colors.clusters
          .filter(({ name }) => name)
          .map((cluster) => ({ name: `Go to ${cluster.name}`, group: "On the map", words: "topic cluster", run: () => session.openCluster(cluster) }));
}

function rows(session: Session): Offer {
  return (query) => {
    const id = /^#?\s*(\d{1,15})$/.exec(query.trim())?.[1];
    if (id === undefined) return [];
    return [{ name: `Open row ${id}`, words: `#${id}`, group: "Reading", run: () => void session.openRow(Number(id)) }];
  };
}

function search(session: Session): Offer {
  return (query) => {
    const words = query.trim();
    if (words === "" || !session.info?.is_searchable) return [];
    return [{ name: `Search for “${words}”`, group: "Finding", run: () => void session.runSearch(words) }];
  };
}
