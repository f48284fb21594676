import { expect, test } from "vitest";
import { LruBytes } from "./lru";
import { LoadQueue } from "./schedule";

test("what was used longest ago goes first, what is needed never", () => {
  const dropped: string[] = [];
  const cache = new LruBytes<number>(20, (_, key) => dropped.push(key));
  for (const key of ["a", "b", "c", "d"]) cache.set(key, 0, 10);
  cache.get("a");
  cache.trim((key) => key === "b");
  expect(dropped).toEqual(["c", "d"]);
  expect(cache.bytes).toBe(20);
});

test("setting a key again counts its bytes once", () => {
  const cache = new LruBytes<number>(100);
  cache.set("a", 1, 10);
  cache.set("a", 2, 30);
  expect([cache.bytes, cache.get("a")]).toEqual([30, 2]);
});

function waiting() {
  const started: string[] = [];
  const aborted: string[] = [];
  const ends = new Map<string, () => void>();
  const job = (key: string) => ({
    key,
    run: (signal: AbortSignal) => {
      started.push(key);
      signal.addEventListener("abort", () => aborted.push(key));
      return new Promise<void>((resolve) => ends.set(key, resolve));
    },
  });
  return { started, aborted, ends, job };
}

test("only so many loads run at once, the most urgent first", async () => {
  const { started, ends, job } = waiting();
  const queue = new LoadQueue(2);
  queue.want(["a", "b", "c"].map(job));
  expect(started).toEqual(["a", "b"]);
  ends.get("a")!();
  await new Promise((resolve) => setTimeout(resolve));
  expect(started).toEqual(["a", "b", "c"]);
});

test("a load that is no longer wanted is aborted; one that still is goes on", () => {
  const { started, aborted, job } = waiting();
  const queue = new LoadQueue(2);
  queue.want(["a", "b"].map(job));
  queue.want(["b", "c"].map(job));
  expect(aborted).toEqual(["a"]);
  expect(started).toEqual(["a", "b", "c"]);
});

test("a load that fails does not stop the others", async () => {
  const { started, job } = waiting();
  const queue = new LoadQueue(1);
  queue.want([{ key: "bad", run: () => Promise.reject(new Error("no")) }, job("good")]);
  await new Promise((resolve) => setTimeout(resolve));
  expect(started).toEqual(["good"]);
});
