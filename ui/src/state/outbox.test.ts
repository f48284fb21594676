import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Done } from "../data/edits";
import { SourceError } from "../data/server";
import { Outbox } from "./outbox";

const done = (id: number) => ({ event: { id }, version: "1" }) as Done;
const failing = (status: number) => () => Promise.reject(new SourceError({ problem: "No.", fix: "Do." }, status));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("what was done is sent in order, one at a time", async () => {
  const box = new Outbox();
  const sent: number[] = [];
  let free: (value: Done) => void = () => undefined;
  const first = box.add("first", () => new Promise((resolve) => ((free = resolve), sent.push(1))));
  const second = box.add("second", () => (sent.push(2), Promise.resolve(done(8))));
  expect(sent).toEqual([1]);
  free(done(7));
  await vi.runAllTimersAsync();
  expect(sent).toEqual([1, 2]);
  expect([first.event, second.event, box.nWaiting]).toEqual([7, 8, 0]);
});

test("where nobody answers it is tried again until somebody does, and nothing overtakes it", async () => {
  const box = new Outbox();
  let isGone = true;
  const sent: string[] = [];
  const first = box.add("first", () => (isGone ? failing(0)() : (sent.push("first"), Promise.resolve(done(1)))));
  box.add("second", () => (sent.push("second"), Promise.resolve(done(2))));
  await vi.advanceTimersByTimeAsync(3000);
  expect(box.trouble?.problem).toBe("No.");
  expect(box.nWaiting).toBe(2);
  isGone = false;
  await vi.advanceTimersByTimeAsync(8000);
  expect(sent).toEqual(["first", "second"]);
  expect([first.event, box.trouble]).toEqual([1, null]);
});

test("what the server refuses is kept and told, and the rest goes on", async () => {
  const box = new Outbox();
  const refused = box.add("first", failing(400));
  const second = box.add("second", () => Promise.resolve(done(2)));
  await vi.runAllTimersAsync();
  expect(box.refused).toEqual([refused]);
  expect(refused.problem?.fix).toBe("Do.");
  expect(second.event).toBe(2);
});

test("what was refused can be sent again or let go of", async () => {
  const box = new Outbox();
  let isAllowed = false;
  const one = box.add("first", () => (isAllowed ? Promise.resolve(done(5)) : failing(403)()));
  await vi.runAllTimersAsync();
  isAllowed = true;
  box.again();
  await vi.runAllTimersAsync();
  expect([one.event, box.refused.length]).toEqual([5, 0]);
  box.add("second", failing(400));
  await vi.runAllTimersAsync();
  box.giveUp();
  expect(box.refused).toEqual([]);
});

test("what was not sent yet is taken back without a word to the server", async () => {
  const box = new Outbox();
  const send = vi.fn(() => Promise.resolve(done(2)));
  const first = box.add("first", () => new Promise(() => undefined));
  const second = box.add("second", send);
  expect(box.cancel(second)).toBe(true);
  expect(box.cancel(first)).toBe(false);
  await vi.runAllTimersAsync();
  expect(send).not.toHaveBeenCalled();
});

test("an act that is sent again keeps its id, and another act has another", async () => {
  const box = new Outbox();
  const ids: string[] = [];
  box.add("first", (id) => (ids.push(id) < 3 ? failing(0)() : Promise.resolve(done(1))));
  box.add("second", (id) => (ids.push(id), Promise.resolve(done(2))));
  await vi.advanceTimersByTimeAsync(8000);
  expect(ids).toHaveLength(4);
  expect(new Set(ids.slice(0, 3)).size).toBe(1);
  expect(ids[3]).not.toBe(ids[0]);
});
