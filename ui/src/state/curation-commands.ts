/** What a person makes of topics and views, by name and key. */

import type { Session } from "./session.svelte";

export function addCurationCommands(session: Session, openViews: () => void): void {
  const { curation, commands } = session;
  const topic = () => session.focus ?? session.lit;
  const isThere = () => curation.isThere && topic() !== null;
  commands.add(
    {
      name: "About this topic",
      group: "On the map",
      keys: ["i"],
      words: "cluster rename merge split pin note",
      isThere,
      run: () => void curation.show(topic()!),
    },
    { name: "Saved views", group: "The page", words: "save bookmark link", isThere: () => curation.isThere, run: openViews },
    {
      name: "Undo the last edit of topics or views",
      group: "The page",
      words: "take back journal history",
      isThere: () => curation.isThere && session.team.refusal("labeller") === null,
      run: () => void curation.undo(),
    },
  );
}
