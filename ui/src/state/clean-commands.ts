/** What can be done on the way to a better dataset, by name. */

import type { Session } from "./session.svelte";
import type { Settings } from "./settings.svelte";

export function addCleanCommands(session: Session, settings: Settings, raise: () => void): void {
  const { cleaning, scoring, commands } = session;
  const group = "Filtering";
  const isThere = () => cleaning.isThere;
  const isOwner = () => isThere() && session.team.refusal("owner") === null;
  const open = () => {
    settings.set({ outline: true, leftTab: "clean" });
    raise();
  };
  commands.add(
    { name: "Clean", group, words: "recipe rules drop decisions dataset", isThere, run: open },
    { name: "Scores", group, words: "scorer score measure length language pii harm duplicates quality card", isThere: () => scoring.isThere, run: () => scoring.show() },
    { name: "Export the dataset", group, words: "save download jsonl parquet csv", isThere: isOwner, run: () => void (open(), (cleaning.dialog = "export")) },
    { name: "See what the recipe does", group, words: "dry run apply clean", isThere: () => isOwner() && (cleaning.draft.rules ?? []).length > 0, run: () => void (open(), cleaning.dryRun()) },
    { name: "Recipe as text", group, words: "yaml rules file", isThere, run: () => void (open(), (cleaning.dialog = "text")) },
    { name: "Take back every decision", group, words: "restore undo original", isThere: () => isOwner() && cleaning.nDecided > 0, run: () => void (open(), (cleaning.dialog = "restore")) },
  );
}
