import { describe, expect, test } from "vitest";
import { type FoundSpan, marksByText, withMarks } from "./found";

const span = (change: Partial<FoundSpan>): FoundSpan => ({ part: "text", reply: 0, turn: 0, start: 0, stop: 1, kind: "email", ...change });

describe("marks of a row", () => {
  test("stand by the text they are in", () => {
    const reading = { prompt: [{ text: "hi" }, { text: "a@b.de" }], chosen: [{ text: "no" }] };
    const marks = marksByText(reading, [span({ part: "prompt", turn: 1, stop: 6 })]);
    expect([...marks]).toEqual([["a@b.de", [{ start: 0, stop: 6, kind: "email" }]]]);
  });

  test("are counted in the units of JavaScript, behind signs that take two", () => {
    const text = "😀 a@b.de";
    expect(marksByText({ text }, [span({ start: 2, stop: 8 })]).get(text)).toEqual([{ start: 3, stop: 9, kind: "email" }]);
  });

  test("that are in no text here are passed over", () => {
    expect(marksByText({ text: "x" }, [span({ part: "replies", reply: 3 })]).size).toBe(0);
  });
});

describe("a text with marks", () => {
  test("keeps every character, and what was marked before", () => {
    const parts = [{ text: "call 555", isSame: true }, { text: "-0100 now", isSame: false }];
    const cut = withMarks(parts, [{ start: 5, stop: 13, kind: "phone" }]);
    expect(cut.map(({ text }) => text).join("")).toBe("call 555-0100 now");
    expect(cut.map(({ kind = "" }) => kind)).toEqual(["", "phone", "phone", ""]);
    expect(cut.map(({ isSame }) => isSame)).toEqual([true, true, false, false]);
    expect(cut.map(({ isFirst = false }) => isFirst)).toEqual([false, true, false, false]);
  });

  test("keeps where each piece stands in the whole", () => {
    const cut = withMarks([{ text: "call 555 now", at: 40 }], [{ start: 5, stop: 8, kind: "phone" }]);
    expect(cut.map(({ at }) => at)).toEqual([40, 45, 48]);
  });

  test("is as it was where there are none", () => {
    expect(withMarks([{ text: "a" }], [])).toEqual([{ text: "a" }]);
  });
});
