import { expect, test } from "vitest";
import { keptIn } from "./kept";

const LAYOUTS = [
  { name: "rejected", n_neighbors: 15 },
  { name: "prompt", n_neighbors: 15 },
];

test("a share is told as a number of neighbours", () => {
  expect(keptIn({ rejected: 0.4667, prompt: 1 }, LAYOUTS).map(({ n, words }) => [n, words])).toEqual([
    [7, "7 of its 15 nearest here are also nearest in"],
    [15, "15 of its 15 nearest here are also nearest in"],
  ]);
});

test("one neighbour and none have words of their own", () => {
  expect(keptIn({ rejected: 0.0667, prompt: 0 }, LAYOUTS).map(({ words }) => words)).toEqual([
    "1 of its 15 nearest here is also nearest in",
    "None of its 15 nearest here are also nearest in",
  ]);
});

test("a layout in which the row has no neighbours is left out", () => {
  expect(keptIn({ prompt: 0.2 }, LAYOUTS).map(({ name }) => name)).toEqual(["prompt"]);
});
