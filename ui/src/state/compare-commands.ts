/** What can be done with a second layout beside the map's own. */

import type { Session } from "./session.svelte";

const STEP_PX = 90;
const PANS: Record<string, [number, number]> = {
  ArrowLeft: [STEP_PX, 0],
  ArrowUp: [0, STEP_PX],
  ArrowRight: [-STEP_PX, 0],
  ArrowDown: [0, -STEP_PX],
};

/** Call after the map's own commands: in the second pane keys move that pane. */
export function addCompareCommands(session: Session): void {
  const { compare, commands } = session;
  const isOpen = () => compare.name !== null;
  const isThere = () => isOpen() && compare.active !== session;
  const group = "On the map";
  commands.add(
    {
      name: () => (isOpen() ? "Close the comparison" : "Compare layouts"),
      group,
      keys: ["v"],
      words: "second layout side by side split rejected prompt beside",
      isThere: () => compare.layouts.length > 0,
      run: () => compare.toggle(),
    },
    { name: "Swap the layouts", group, words: "compare sides", isThere: isOpen, run: () => compare.swap() },
    {
      name: "Colour by what rows keep of their neighbours",
      group,
      words: "compare difference",
      isThere: isOpen,
      run: () => compare.colors.toggleKept(),
    },
    { name: "Move", group, alsoKeys: Object.keys(PANS), isInPalette: false, isThere, run: (key) => compare.active.view.panBy(...PANS[key]!) },
    { name: "Zoom in", group, alsoKeys: ["+", "="], isInPalette: false, isThere, run: () => compare.active.view.flyZoom(0.75) },
    { name: "Zoom out", group, alsoKeys: ["-"], isInPalette: false, isThere, run: () => compare.active.view.flyZoom(-0.75) },
    { name: "Whole map", group, alsoKeys: ["0"], isInPalette: false, isThere, run: () => compare.active.showWholeMap() },
  );
  commands.offer(() =>
    compare.layouts
      .filter(({ name }) => name !== compare.name)
      .map(({ name }) => ({ name: `Compare with ${name}`, group, words: "layout beside", run: () => compare.open(name) })),
  );
}
