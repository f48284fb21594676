import { expect, test } from "vitest";
import { lengthOf, type Line, linesOf, type TurnHarm, wordsOf } from "./trajectory";

const turn = (part: TurnHarm["part"], place: number, role: string, harm: number | null, reply = 0): TurnHarm => ({ part, reply, turn: place, role, harm });
const PAIR = [
  turn("prompt", 0, "human", 0.1),
  turn("prompt", 1, "assistant", 0.2),
  turn("prompt", 2, "human", 0.7),
  turn("chosen", 0, "assistant", 0.05),
  turn("rejected", 0, "assistant", 0.9),
];

test("the replies of a pair go on from the last shared turn", () => {
  const [stem, chosen, rejected] = linesOf(PAIR) as [Line, Line, Line];
  expect(stem.dots.map(({ harm }) => harm)).toEqual([0.1, 0.2, 0.7]);
  expect(chosen.dots.map(({ place, harm }) => [place, harm])).toEqual([[2, 0.7], [3, 0.05]]);
  expect(rejected).toMatchObject({ name: "rejected", isDashed: true });
  expect(lengthOf(linesOf(PAIR))).toBe(4);
});

test("replies of a ranking are told apart", () => {
  const lines = linesOf([turn("prompt", 0, "human", 0.1), turn("replies", 0, "assistant", 0.2), turn("replies", 0, "assistant", 0.3, 1)]);
  expect(lines.map(({ name }) => name)).toEqual(["", "reply 1", "reply 2"]);
});

test("a turn that could not be judged keeps its place and has no dot", () => {
  const lines = linesOf([turn("turns", 0, "human", 0.1), turn("turns", 1, "assistant", null), turn("turns", 2, "human", 0.3)]);
  expect(lines[0]?.dots.map(({ place }) => place)).toEqual([0, 2]);
});

test("every turn is said once", () => {
  expect(wordsOf(linesOf(PAIR))).toBe(
    "Turn 1, human: 0.10; Turn 2, assistant: 0.20; Turn 3, human: 0.70; Turn 4, assistant, chosen: 0.05; Turn 4, assistant, rejected: 0.90",
  );
  expect(linesOf([])).toEqual([]);
});
