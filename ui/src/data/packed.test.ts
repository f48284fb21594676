import { expect, test } from "vitest";
import { Files, fileAt } from "./packed";
import { SourceError } from "./server";

const PACK = { name: "rows", cuts: [0, 6], size: 10 };
const BYTES = new Map([["data/rows-00000.bin", [0, 1, 2, 3, 4, 5]], ["data/rows-00001.bin", [6, 7, 8, 9]]]);

/** A host; `asked` is what it was asked. */
function host(hasRanges: boolean) {
  const asked: string[] = [];
  const ask = (address: string, init: RequestInit) => {
    const range = new Headers(init.headers).get("range");
    asked.push(range ? `${address} ${range}` : address);
    const bytes = BYTES.get(address);
    if (!bytes) return Promise.resolve(new Response(null, { status: 404 }));
    const [start, end] = range?.match(/\d+/g)?.map(Number) ?? [];
    const isPart = hasRanges && start !== undefined;
    return Promise.resolve(new Response(Uint8Array.from(isPart ? bytes.slice(start, end! + 1) : bytes), { status: isPart ? 206 : 200 }));
  };
  return { asked, files: new Files("data/", ask) };
}

test.each([true, false])("pieces are the same from a host that knows ranges (%s) and from one that does not", async (hasRanges) => {
  const { files } = host(hasRanges);
  const pieces = await Promise.all([files.piece(PACK, 1, 3), files.piece(PACK, 6, 2), files.piece(PACK, 4, 2), files.piece(PACK, 0, 0)]);
  expect(pieces.map((piece) => [...piece])).toEqual([[1, 2, 3], [6, 7], [4, 5], []]);
});

test("a host that knows no ranges is asked for each file once", async () => {
  const { asked, files } = host(false);
  await files.piece(PACK, 1, 3);
  await Promise.all([files.piece(PACK, 0, 1), files.piece(PACK, 6, 2), files.piece(PACK, 8, 2)]);
  expect(asked).toEqual(["data/rows-00000.bin bytes=1-3", "data/rows-00001.bin"]);
});

test("a piece that was read is not asked for again", async () => {
  const { asked, files } = host(true);
  await Promise.all([files.piece(PACK, 1, 3), files.piece(PACK, 1, 3)]);
  await files.piece(PACK, 1, 3);
  expect(asked).toEqual(["data/rows-00000.bin bytes=1-3"]);
});

test("a file that is gone or cut short is told in words", async () => {
  const { files } = host(true);
  await expect(files.piece({ ...PACK, name: "gone" }, 0, 2)).rejects.toThrow(SourceError);
  await expect(files.piece(PACK, 8, 9)).rejects.toThrow("cut short");
});

test("a piece belongs to the last file that begins before it", () => {
  expect([0, 5, 6, 9].map((at) => fileAt(PACK.cuts, at))).toEqual([0, 0, 1, 1]);
});
