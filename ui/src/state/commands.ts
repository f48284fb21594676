/**
 * Everything the page can do, by name: the one list that the keys, the sheet of keys and the command palette read.
 *
 * A feature adds what it can do in one line:
 * `session.commands.add({ name: "Save picture", group: "The page", keys: ["p"], run: () => (isPictureOpen = true) })`.
 */

/** Groups of the sheet of keys, in their order. */
export const GROUPS = ["On the map", "Reading", "Labelling", "Finding", "Filtering", "The page"] as const;
export type Group = (typeof GROUPS)[number];

export interface Command {
  /** What is done, as one would say it: "Zoom in". */
  name: string | (() => string);
  group: Group;
  /** As `KeyboardEvent.key` says them; "Mod+k" is Ctrl-K, and Cmd-K on a Mac. */
  keys?: readonly string[];
  /** Keys that do it as well and need not be told. */
  alsoKeys?: readonly string[];
  /** More words that one may look for it with. */
  words?: string;
  /** It can be done now; where missing: always. */
  isThere?: () => boolean;
  /** False: a key, or an offer that the palette makes by itself. */
  isInPalette?: boolean;
  /** `false`: nothing was done, the key is someone else's. */
  run: (key: string) => unknown;
}

/** Commands for what is typed, "Go to" each cluster for one. */
export type Offer = (query: string) => readonly Command[];

/** A line of the sheet of keys. */
export interface KeyLine {
  keys: readonly string[];
  what: string;
}

/** Keys that work inside a list or a field, told in the sheet. */
interface Hint extends KeyLine {
  group: Group;
}

export class Commands {
  #commands: Command[] = [];
  #offers: Offer[] = [];
  #hints: Hint[] = [];

  /** Returns what takes them away again. Of two commands on one key the later goes first. */
  add(...commands: readonly Command[]): () => void {
    this.#commands.push(...commands);
    return () => (this.#commands = this.#commands.filter((one) => !commands.includes(one)));
  }

  /** Commands that depend on what is typed into the palette. */
  offer(...offers: readonly Offer[]): void {
    this.#offers.push(...offers);
  }

  /** A key that a panel hears by itself. */
  hint(group: Group, what: string, ...keys: readonly string[]): void {
    this.#hints.push({ group, what, keys });
  }

  /** Does what a key stands for; false: it stands for nothing now. */
  press(key: string): boolean {
    return this.#commands
      .filter((one) => one.keys?.includes(key) || one.alsoKeys?.includes(key))
      .reverse()
      .some((one) => isThere(one) && one.run(key) !== false);
  }

  /** What the palette lists for what is typed, unsorted. */
  listed(query: string): Command[] {
    const own = this.#commands.filter((one) => one.isInPalette !== false);
    return [...own, ...this.#offers.flatMap((offer) => offer(query))].filter(isThere);
  }

  /** The sheet of keys. A command that cannot be done just now has its key all the same. */
  sheet(): { title: Group; lines: KeyLine[] }[] {
    return GROUPS.map((title) => {
      const own = this.#commands.filter((one) => one.group === title && (one.keys?.length ?? 0) > 0);
      const lines = own.map((one) => ({ keys: one.keys!.map(keyName), what: nameOf(one) }));
      const hints = this.#hints.filter((hint) => hint.group === title);
      return { title, lines: [...lines, ...hints.map(({ keys, what }) => ({ keys: keys.map(keyName), what }))] };
    }).filter(({ lines }) => lines.length > 0);
  }
}

export function nameOf({ name }: Command): string {
  return typeof name === "string" ? name : name();
}

function isThere(command: Command): boolean {
  return command.isThere?.() ?? true;
}

const KEY_NAMES: Record<string, string> = {
  ArrowLeft: "←",
  ArrowUp: "↑",
  ArrowRight: "→",
  ArrowDown: "↓",
  Escape: "Esc",
  "-": "−",
};

/** A key as it is printed: "←", "Ctrl K". */
export function keyName(key: string): string {
  if (key.startsWith("Mod+")) return `${isMac() ? "⌘" : "Ctrl"} ${key.slice(4).split("+").map((part) => (part.length === 1 ? part.toUpperCase() : part)).join(" ")}`;
  return KEY_NAMES[key] ?? key;
}

function isMac(): boolean {
  return typeof navigator !== "undefined" && /mac|iphone|ipad/i.test(navigator.userAgent);
}
