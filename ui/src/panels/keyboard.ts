/** Who has the keyboard while a dialog is open, and after. */

/**
 * Remembers what has the keyboard; what comes back gives it back, unless something has it by then.
 *
 * A dialog that is closed does that by itself, one that is taken away does not.
 */
export function keepKeyboard(dialog: HTMLElement): () => void {
  const root = dialog.getRootNode() as Document | ShadowRoot;
  const before = root.activeElement;
  return () => {
    const now = root.activeElement;
    const isFree = now === null || now === dialog.ownerDocument.body || dialog.contains(now);
    if (isFree && before instanceof HTMLElement) before.focus({ preventScroll: true });
  };
}
