/** What the keys do. A key typed into a field is the field's, but for Escape. */

import type { Session } from "./session.svelte";
import type { Settings } from "./settings.svelte";

const STEP_PX = 90;

export function handleKey(event: KeyboardEvent, session: Session, settings: Settings): void {
  const isField =
    event.target instanceof Element && event.target.closest("input, textarea, select, [role=dialog]") !== null;
  const run = event.key === "Escape" ? escape : commands[event.key];
  if (!run || event.altKey || event.ctrlKey || event.metaKey || (isField && event.key !== "Escape")) return;
  const isInWidget =
    event.target instanceof Element && event.target.closest("[role=tree], [role=listbox], [role=slider]") !== null;
  if (isInWidget && (event.key.startsWith("Arrow") || event.key === " ")) return;
  if (run(session, settings) === false) return;
  event.preventDefault();
}

/** `false`: nothing was done, the key is the browser's. */
type Command = (session: Session, settings: Settings) => unknown;

const commands: Record<string, Command> = {
  ArrowLeft: ({ view }) => view.panBy(STEP_PX, 0),
  ArrowRight: ({ view }) => view.panBy(-STEP_PX, 0),
  ArrowUp: ({ view }) => view.panBy(0, STEP_PX),
  ArrowDown: ({ view }) => view.panBy(0, -STEP_PX),
  "+": ({ view }) => view.flyZoom(0.75),
  "=": ({ view }) => view.flyZoom(0.75),
  "-": ({ view }) => view.flyZoom(-0.75),
  "0": (session) => session.showWholeMap(),
  "/": () => focusOn("[role=searchbox]"),
  "?": (_session, settings) => settings.set({ help: !settings.panels.help }),
  "[": (_session, settings) => settings.set({ outline: !settings.panels.outline }),
  "]": (_session, settings) => settings.set({ legend: !settings.panels.legend }),
  g: (_session, settings) => {
    settings.set({ outline: true });
    requestAnimationFrame(() => focusOn('[role=tree] [tabindex="0"]'));
  },
  c: (_session, settings) => {
    settings.set({ legend: true });
    requestAnimationFrame(() => focusOn("[data-testid=legend] select"));
  },
  f: (session, settings) => {
    if (!session.reading.pin) return false;
    settings.set({ readerIsFull: !settings.panels.readerIsFull });
    return true;
  },
  j: (session) => session.step(1),
  k: (session) => session.step(-1),
};

function focusOn(selector: string): boolean {
  const element = document.querySelector<HTMLElement>(selector);
  element?.focus();
  return element !== null;
}

/** One step back: what was opened last is closed first. */
const escape: Command = (session, settings) => {
  if (settings.panels.help) return settings.set({ help: false });
  if (settings.panels.readerIsFull && session.reading.pin) return settings.set({ readerIsFull: false });
  if (session.reading.pin) return session.closeRow();
  if (session.search.isOpen) return session.search.clear();
  if (session.selected.length > 0) return void (session.selected = []);
  if (document.activeElement instanceof HTMLInputElement) return document.activeElement.blur();
  return session.goBack();
};
