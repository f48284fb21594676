/** Keys pressed in the cell are the page's: a notebook would cut the cell on "x" and leave the map on "k". */

/** Keeps what is pressed in `box` from the notebook; returns what stops that. Ctrl-S and its like still reach it. */
export function keepKeys(box: HTMLElement): () => void {
  const keep = (event: KeyboardEvent) => {
    const isMod = event.ctrlKey || event.metaKey || event.altKey;
    if (!isMod || event.defaultPrevented) event.stopPropagation();
  };
  const kinds = ["keydown", "keypress", "keyup"] as const;
  for (const kind of kinds) box.addEventListener(kind, keep);
  return () => {
    for (const kind of kinds) box.removeEventListener(kind, keep);
  };
}
