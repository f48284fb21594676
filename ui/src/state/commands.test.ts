import { expect, test } from "vitest";
import { type Command, Commands, keyName } from "./commands";

function command(name: string, more: Partial<Command> = {}): Command {
  return { name, group: "The page", run: () => undefined, ...more };
}

test("a key does what was added for it last and can be done now", () => {
  const done: string[] = [];
  const commands = new Commands();
  commands.add(command("close", { keys: ["Escape"], run: () => done.push("close") }));
  commands.add(command("undo", { keys: ["Escape"], isThere: () => done.length === 1, run: () => done.push("undo") }));
  expect(commands.press("Escape") && commands.press("Escape")).toBe(true);
  expect(done).toEqual(["close", "undo"]);
});

test("a command that does nothing leaves the key to the one before it", () => {
  const commands = new Commands();
  commands.add(command("first", { keys: ["f"] }), command("second", { keys: ["f"], run: () => false }));
  expect(commands.press("f")).toBe(true);
  expect(commands.press("x")).toBe(false);
});

test("the palette lists commands that can be done, and offers for what is typed", () => {
  const commands = new Commands();
  commands.add(command("there"), command("away", { isThere: () => false }), command("key", { isInPalette: false }));
  commands.offer((query) => [command(`Search for ${query}`)]);
  expect(commands.listed("bread").map((one) => one.name)).toEqual(["there", "Search for bread"]);
});

test("the sheet has every key in its group, under the name of its command", () => {
  const commands = new Commands();
  commands.add(command("Zoom", { group: "On the map", keys: ["+", "-"], alsoKeys: ["="], isThere: () => false }), command("no key"));
  commands.hint("Finding", "move in the results", "ArrowUp", "ArrowDown");
  expect(commands.sheet()).toEqual([
    { title: "On the map", lines: [{ keys: ["+", "−"], what: "Zoom" }] },
    { title: "Finding", lines: [{ keys: ["↑", "↓"], what: "move in the results" }] },
  ]);
});

test("what was added can be taken away", () => {
  const commands = new Commands();
  commands.add(command("gone", { keys: ["g"] }))();
  expect(commands.press("g")).toBe(false);
  expect(commands.listed("")).toEqual([]);
});

test("keys are named as they are printed", () => {
  expect(["ArrowLeft", "Escape", "j", "Mod+k"].map(keyName)).toEqual(["←", "Esc", "j", "Ctrl K"]);
});
