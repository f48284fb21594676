import { expect, test } from "vitest";
import type { MapSource } from "../data/source";
import type { Row } from "../data/types";
import { RowCache } from "./rows";

test("a row that was read ahead is taken once, and read anew when one comes back to it", async () => {
  let nAsked = 0;
  const rows = ([row_id]: readonly number[]) => Promise.resolve([{ row_id, columns: { label: ++nAsked } } as unknown as Row]);
  const cache = new RowCache({ rows } as unknown as MapSource);
  const { signal } = new AbortController();
  await cache.prefetch(7);
  expect((await cache.whole(7, signal)).columns).toEqual({ label: 1 });
  expect((await cache.whole(7, signal)).columns).toEqual({ label: 2 });
});
