/** A key pressed on the page, given to the command it stands for. A key typed into a field is the field's, but for Escape. */

import type { Commands } from "./commands";
import type { Host } from "./host";

const FIELDS = "input, textarea, select, [contenteditable], [role=dialog], dialog";
const WIDGETS = "[role=tree], [role=listbox], [role=slider], [role=grid], [role=tablist], [role=menu], [role=radiogroup]";

export function handleKey(event: KeyboardEvent, commands: Commands): void {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const root = event.target instanceof Node ? event.target.getRootNode() : null;
  // A dialog that is open has all keys, wherever the focus has gone.
  if ((root instanceof Document || root instanceof ShadowRoot) && root.querySelector("dialog[open]")) return;
  const isMod = event.ctrlKey || event.metaKey;
  const isIn = (selector: string) => event.target instanceof Element && event.target.closest(selector) !== null;
  // Copy, paste, undo and the like are a field's as well.
  if (event.key !== "Escape" && isIn(FIELDS) && (!isMod || /^[acvxyz]$/i.test(event.key))) return;
  if (isIn(WIDGETS) && (event.key.startsWith("Arrow") || event.key === " ")) return;
  if (commands.press(isMod ? `Mod+${event.shiftKey ? "Shift+" : ""}${event.key.toLowerCase()}` : event.key)) event.preventDefault();
}

/** Puts the keyboard on the first element that the selector finds; false: there is none. */
export function focusOn(host: Host, selector: string): boolean {
  const element = host.find(selector);
  element?.focus();
  return element !== null;
}
