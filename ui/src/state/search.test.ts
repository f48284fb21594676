import { expect, test } from "vitest";
import type { MapSource } from "../data/source";
import type { SearchAnswer } from "../data/types";
import { SearchModel } from "./search.svelte";

/** A source whose answers come when the test says, and which hears no abort: a notebook's kernel. */
function slowSource(): { source: MapSource; answer: ((answer: SearchAnswer) => void)[] } {
  const answer: ((answer: SearchAnswer) => void)[] = [];
  const search = () => new Promise<SearchAnswer>((resolve) => answer.push(resolve));
  return { source: { search } as unknown as MapSource, answer };
}

const found = (total: number): SearchAnswer => ({ results: [], total, took_ms: 1 });

test("an answer that comes after the search was cleared opens nothing", async () => {
  const { source, answer } = slowSource();
  const model = new SearchModel(source);
  const asked = model.run("bread");
  model.clear();
  answer[0]!(found(3));
  await asked;
  expect(model.isOpen).toBe(false);
});

test("of two searches the later one is shown, whichever answer comes last", async () => {
  const { source, answer } = slowSource();
  const model = new SearchModel(source);
  const asked = [model.run("bread"), model.run("cake")];
  answer[1]!(found(2));
  answer[0]!(found(1));
  await Promise.all(asked);
  expect([model.state.query, model.state.total]).toEqual(["cake", 2]);
});
