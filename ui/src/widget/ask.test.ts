import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openLine } from "./ask";
import type { Model } from "./model";

interface Sent {
  kind: string;
  call: string;
  path?: string;
  method?: string;
  body?: string | null;
}

/** A kernel that hears what is sent and answers what the test says. */
function fakeModel() {
  const sent: Sent[] = [];
  const heard = new Set<(message: unknown, buffers: unknown) => void>();
  const model = {
    send: (message: Sent) => void sent.push(message),
    on: (_event: string, one: (message: unknown, buffers: unknown) => void) => void heard.add(one),
    off: (_event: string, one: (message: unknown, buffers: unknown) => void) => void heard.delete(one),
  } as unknown as Model;
  const answer = (call: string, bytes: number[], status = 200) => {
    const whole = new Uint8Array([0, ...bytes, 0]);
    const message = { kind: "answer", call, status, headers: { "content-type": "application/json" } };
    for (const one of heard) one(message, [new DataView(whole.buffer, 1, bytes.length)]);
  };
  return { model, sent, answer, nHeard: () => heard.size };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a question is sent and its answer is a response", async () => {
  const { model, sent, answer } = fakeModel();
  const asked = openLine(model, () => undefined).ask("api/filter", { method: "POST", body: "{}" });
  expect(sent[0]).toMatchObject({ kind: "ask", method: "POST", path: "/api/filter", body: "{}" });
  answer(sent[0]!.call, [123, 125]);
  const response = await asked;
  expect([response.status, response.ok, await response.json()]).toEqual([200, true, {}]);
});

test("two lines over one model take their own answers", async () => {
  const { model, sent, answer } = fakeModel();
  const [one, other] = [openLine(model, () => undefined), openLine(model, () => undefined)];
  const asked = [one.ask("a", {}), other.ask("b", {})];
  answer(sent[1]!.call, [2]);
  answer(sent[0]!.call, [1]);
  const bytes = await Promise.all(asked.map(async (response) => [...new Uint8Array(await (await response).arrayBuffer())]));
  expect(bytes).toEqual([[1], [2]]);
});

test("an abort is told to the kernel, and its answer comes to nobody", async () => {
  const { model, sent, answer } = fakeModel();
  const stop = new AbortController();
  const asked = openLine(model, () => undefined).ask("a", { signal: stop.signal });
  stop.abort();
  await expect(asked).rejects.toMatchObject({ name: "AbortError" });
  expect(sent[1]).toEqual({ kind: "abort", call: sent[0]!.call });
  answer(sent[0]!.call, []);
});

test("a line that closes gives up what it asked", async () => {
  const { model, nHeard } = fakeModel();
  const line = openLine(model, () => undefined);
  const asked = line.ask("a", {});
  line.close();
  await expect(asked).rejects.toMatchObject({ name: "AbortError" });
  expect(nHeard()).toBe(0);
});

test("one is told when the kernel keeps one waiting, and when it no longer does", async () => {
  const { model, sent, answer } = fakeModel();
  const told: boolean[] = [];
  const asked = openLine(model, (isWaiting) => told.push(isWaiting)).ask("a", {});
  vi.advanceTimersByTime(3000);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(2000);
  answer(sent[0]!.call, []);
  await asked;
  expect(told).toEqual([true, false]);
});
