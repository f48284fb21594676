import { describe, expect, it } from "vitest";
import { clampSegments, compareReplies, pieces, unmarked } from "./replies";

const says = (text: string) => [{ role: "assistant", text }];

describe("compareReplies", () => {
  it("marks what differs, turn by turn", () => {
    const { chosen, note } = compareReplies(
      says("Knead the dough for ten minutes."),
      says("Knead the dough for an hour."),
    );
    expect(note).toBeNull();
    expect(chosen[0]!.parts.filter((part) => !part.isSame).map((part) => part.text)).toEqual(["ten minutes"]);
  });

  it("says when the two replies are the same", () => {
    expect(compareReplies(says("Yes."), says("Yes.")).note).toBe("identical");
  });

  it("says when they share too little for marks to mean anything", () => {
    expect(compareReplies(says("Bread needs flour and time."), says("No idea, sorry!")).note).toBe("unlike");
  });

  it("keeps a turn that only one of them has", () => {
    const { chosen, rejected } = compareReplies(
      [...says("A longer answer."), { role: "human", text: "Thanks" }],
      says("A longer answer."),
    );
    expect([chosen.length, rejected.length]).toEqual([2, 1]);
  });
});

describe("long texts", () => {
  it("are clamped with the number of characters left", () => {
    expect(clampSegments(unmarked("abcdef"), 4)).toEqual({ parts: unmarked("abcd"), hidden: 2 });
    expect(clampSegments(unmarked("abc"), 4).hidden).toBe(0);
  });

  it("are cut at line ends, and nothing is lost", () => {
    const text = "line one\nline two\nline three\n".repeat(50) + "x".repeat(300);
    const cut = pieces(unmarked(text), 100);
    expect(
      cut
        .flat()
        .map((part) => part.text)
        .join(""),
    ).toBe(text);
    expect(cut.every((piece) => piece.reduce((sum, part) => sum + part.text.length, 0) <= 100)).toBe(true);
    expect(cut[0]![0]!.text.endsWith("\n")).toBe(true);
  });

  it("of five million characters are cut at once", () => {
    const start = performance.now();
    pieces(unmarked("word ".repeat(1_000_000)));
    expect(performance.now() - start).toBeLessThan(500);
  });
});
