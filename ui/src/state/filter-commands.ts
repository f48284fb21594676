/** What can be done with filters, by name. */

import type { Session } from "./session.svelte";
import type { Settings } from "./settings.svelte";

export function addFilterCommands(session: Session, settings: Settings): void {
  const { commands, drawing, filters } = session;
  const group = "Filtering";
  commands.add(
    { name: "Draw around rows", group, keys: ["l"], words: "lasso select area", run: () => drawing.toggle("lasso") },
    { name: "Draw a rectangle", group, words: "select box area", run: () => drawing.toggle("rectangle") },
    { name: "Filters", group, words: "facets columns", run: () => settings.set({ outline: true, leftTab: "filters" }) },
    { name: "Undo the last change of the filter", group, keys: ["Mod+z"], isThere: () => filters.canUndo, run: () => filters.undo() },
    { name: "Redo", group, keys: ["Mod+Shift+z"], isThere: () => filters.canRedo, run: () => filters.redo() },
    { name: "Clear the filter", group, words: "show all rows", isThere: () => filters.isFiltering, run: () => filters.clear() },
  );
  commands.hint(group, "Draw a rectangle: drag", "Shift");
}
