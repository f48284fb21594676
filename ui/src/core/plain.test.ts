import { describe, expect, it } from "vitest";
import { columnsInReading, plainText, question } from "./plain";

const ask = { role: "human", text: "How do I poach an egg?" };
const reply = { role: "assistant", text: "Simmer the water first." };

describe("plain text of a row", () => {
  it("names the parts of a pair", () => {
    expect(plainText({ kind: "pair", prompt: [ask], chosen: [reply], rejected: [{ ...reply, text: "No." }] })).toBe(
      "Human: How do I poach an egg?\n\n[Chosen]\nAssistant: Simmer the water first.\n\n[Rejected]\nAssistant: No.",
    );
  });

  it("is the text itself where there are no turns", () => {
    expect(plainText({ kind: "text", text: "Hello" })).toBe("Hello");
  });

  it("takes the last thing a person said as the question", () => {
    expect(question([{ role: "human", text: "Hi" }, reply, ask, reply])).toBe(ask.text);
    expect(question([])).toBe("");
  });

  it("needs no second showing of the columns that it came from", () => {
    const columns = [
      { name: "good", role: "chosen" },
      { name: "subset", role: "category" },
      { name: "note", role: null },
      { name: "x" },
    ];
    expect(columnsInReading(columns)).toEqual(["good"]);
  });
});
