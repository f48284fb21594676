import { expect, test } from "vitest";
import { type Outcome, differenceWords, inShort, levelWords, numberWords, ofWhat, outcomeWords, panels } from "./effect-words";

const anOutcome = (given: Partial<Outcome>): Outcome => ({ name: "accuracy", subset: "all", delta: 0.01, low: -0.01, high: 0.03, smallest: 0.04, ...given });

test("an outcome is named as in the verdict, by what a row is", () => {
  expect(outcomeWords(anOutcome({ subset: "not selected" }))).toBe("accuracy on the other pairs");
  expect(outcomeWords(anOutcome({ subset: "not selected" }), "ranking")).toBe("accuracy on the other rankings");
  expect(outcomeWords(anOutcome({ name: "log_loss", subset: "selected" }))).toBe("log loss on the selected pairs");
  expect(outcomeWords(anOutcome({ name: "agreement", subset: "all" }))).toBe("agreement with the full model on all pairs");
  expect(outcomeWords(anOutcome({ name: "probe_margin", subset: "over-refusal" }))).toBe("margin on the probes over-refusal");
  expect(ofWhat("subset = helpful-base")).toBe("subset = helpful-base");
});

test("differences of shares are in percentage points, others in their own unit", () => {
  expect(differenceWords("accuracy", 0.0006)).toBe("+0.06 points");
  expect(differenceWords("log_loss", -0.00021)).toBe("−0.0002");
  expect([levelWords("accuracy", 0.62281), levelWords("log_loss", 0.645), levelWords("accuracy", null), levelWords("probe_margin", -0.3213)]).toEqual(["62.28 %", "0.6450", "–", "−0.3213"]);
});

test("what is written as nothing has no sign", () => {
  expect([numberWords("accuracy", -0.00001), numberWords("log_loss", -0.00001), numberWords("accuracy", -0)]).toEqual(["0.00", "0.0000", "0.00"]);
  expect([numberWords("accuracy", 0.0042, { isSigned: false }), numberWords("accuracy", null), numberWords("accuracy", Infinity)]).toEqual(["0.42", "–", "–"]);
});

test("outcomes share an axis with their like, those of the selected rows have their own", () => {
  const found = panels([anOutcome({}), anOutcome({ name: "log_loss" }), anOutcome({ subset: "x", smallest: 0.09 }), anOutcome({ subset: "selected", high: 0.7 }), anOutcome({ name: "probe_margin", smallest: Infinity })]);
  expect(found.map(({ title, unit, outcomes, most }) => [title, unit, outcomes.length, most])).toEqual([
    ["accuracy", "percentage points", 2, 0.09],
    ["log loss", "nats", 1, 0.04],
    ["accuracy", "percentage points", 1, 0.7],
    ["margin on probes", "log-odds", 1, 0.03],
  ]);
});

test("a verdict begins with whether there is an effect", () => {
  expect(inShort("No measurable effect of dropping 5 pairs: log loss differs by -0.0002 (-0.01 to +0.01). A part-time model.")).toEqual({
    said: "No measurable effect of dropping 5 pairs:",
    more: "log loss differs by −0.0002 (−0.01 to +0.01). A part-time model.",
  });
  expect(inShort("Nothing to say").more).toBe("");
});
