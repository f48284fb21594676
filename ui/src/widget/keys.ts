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

/**
 * Keeps the keyboard in the cell when what had it is gone, as a dialog that was closed; returns what stops that.
 * Otherwise the next key would be the notebook's.
 */
export function keepFocus(box: HTMLElement, root: HTMLElement): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let isOurs = false;
  document.addEventListener("focusin", (event) => (isOurs = event.composedPath().includes(box)), { signal });
  document.addEventListener("pointerdown", (event) => (isOurs &&= event.composedPath().includes(box)), { signal, capture: true });
  const observer = new MutationObserver(() => {
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (isOurs && isLost) root.focus({ preventScroll: true });
  });
  observer.observe(root, { childList: true, subtree: true });
  return () => {
    stop.abort();
    observer.disconnect();
  };
}
