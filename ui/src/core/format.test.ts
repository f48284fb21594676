import { describe, expect, it } from "vitest";
import { columnName, count, counted, duration, firstLine, hasAudit, moment, number, percent, value } from "./format";

describe("format", () => {
  it("separates thousands", () => {
    expect(count(6436)).toBe("6,436");
    expect(counted(1, "pair")).toBe("1 pair");
    expect(counted(6436, "pair")).toBe("6,436 pairs");
    expect(counted(2, "reply", "replies")).toBe("2 replies");
  });

  it("writes measured numbers with three digits that mean something", () => {
    expect([0.12345, 12.3456, 12345.6, 3, 0.00002, -0.5].map(number)).toEqual([
      "0.123",
      "12.3",
      "12,346",
      "3",
      "2.0e-5",
      "-0.5",
    ]);
  });

  it("never rounds a small share to nothing", () => {
    expect([0, 0.001, 0.424, 1].map(percent)).toEqual(["0 %", "< 1 %", "42 %", "100 %"]);
  });

  it("says spans in the unit one would say", () => {
    expect([0.0084, 1.42, 42, 200, 7500, 60].map(duration)).toEqual([
      "8 ms",
      "1.4 s",
      "42 s",
      "3 min 20 s",
      "2 h 5 min",
      "1 min",
    ]);
  });

  it("adds the time of day only to short spans", () => {
    expect(moment(0)).toBe("1 Jan 1970");
    expect(moment(3600, 86_400)).toBe("1 Jan 1970, 01:00");
  });

  it("says what is missing", () => {
    expect([null, "", true, 0.5, "x", { a: 1 }].map(value)).toEqual(["missing", "empty", "true", "0.5", "x", '{"a":1}']);
    expect(columnName("label_confidence")).toBe("label confidence");
  });

  it("cuts a first line on a whole word", () => {
    expect(firstLine("\n\n  How do I bake bread?\nmore")).toBe("How do I bake bread?");
    expect(firstLine("one two three four", 10)).toBe("one two…");
    expect(firstLine("")).toBe("");
  });

  it("knows which rows have an audit", () => {
    expect(["pair", "ranking", "text", "conversation", "red-team"].filter(hasAudit)).toEqual(["pair", "ranking"]);
  });
});
