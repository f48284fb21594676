import { expect, test } from "vitest";
import { makingStep, makingWords } from "./making";

test("a stage is said in words and as a step of all", () => {
  expect(makingWords("name")).toBe("Naming topics");
  expect(makingStep("name")).toEqual({ step: 7, of: 10 });
});

test("a finished map makes nothing, and a stage of a newer Portolan has words too", () => {
  expect([makingWords(null), makingStep(null)]).toEqual([null, null]);
  expect([makingWords("dream"), makingStep("dream")]).toEqual(["Making the map", null]);
});
