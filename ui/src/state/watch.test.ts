import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PAUSE_MS, watchMap } from "./watch";

let tell: () => unknown = () => undefined;
const host = {
  isSeen: true,
  watchSeen(changed: () => void) {
    tell = changed;
    return () => (tell = () => undefined);
  },
};

function see(isSeen: boolean) {
  host.isSeen = isSeen;
  tell();
}

beforeEach(() => {
  vi.useFakeTimers();
  host.isSeen = true;
});
afterEach(() => vi.useRealTimers());

test("the map is looked at again and again while the page is seen", async () => {
  const look = vi.fn(() => Promise.resolve());
  const stop = watchMap(host, look);
  await vi.advanceTimersByTimeAsync(3.5 * PAUSE_MS);
  expect(look).toHaveBeenCalledTimes(3);
  stop();
  await vi.advanceTimersByTimeAsync(3 * PAUSE_MS);
  expect(look).toHaveBeenCalledTimes(3);
});

test("a page that nobody sees asks nothing, and asks at once when it is seen", async () => {
  const look = vi.fn(() => Promise.resolve());
  watchMap(host, look);
  see(false);
  await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
  expect(look).not.toHaveBeenCalled();
  see(true);
  expect(look).toHaveBeenCalledTimes(1);
});

test("there is one question at a time, and a failure does not end the asking", async () => {
  let fail: (error: Error) => void = () => undefined;
  const look = vi.fn(() => new Promise<void>((_, reject) => (fail = reject)));
  watchMap(host, look);
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  see(true);
  await vi.advanceTimersByTimeAsync(5 * PAUSE_MS);
  expect(look).toHaveBeenCalledTimes(1);
  fail(new Error("gone"));
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(look).toHaveBeenCalledTimes(2);
});
