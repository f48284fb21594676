import { expect, test } from "vitest";
import { phraseRows, rank, rarity, readPosting, readSpots } from "./postings";
import fixture from "./words.fixture.json";

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

test("lists are read as Python wrote them", () => {
  for (const { n, list, spots, rows, weights, places } of fixture.postings) {
    const posting = readPosting(bytes(list), n);
    expect([...posting.rows]).toEqual(rows);
    expect([...posting.weights].map((weight) => Math.round(weight * 255))).toEqual(weights);
    expect(readSpots(bytes(spots), n).map((some) => [...some])).toEqual(places);
  }
});

test("a phrase is in the rows where its tokens stand side by side", () => {
  const lists: Record<string, { rows: number[]; spots: number[][] }> = {
    credit: { rows: [1, 4, 9], spots: [[0], [5, 8], [2]] },
    card: { rows: [1, 2, 4, 9], spots: [[2], [0], [9], [3]] },
  };
  const found = phraseRows(
    ["credit", "card"],
    (token) => ({ rows: Uint32Array.from(lists[token]!.rows), weights: new Float32Array(lists[token]!.rows.length) }),
    (token) => lists[token]!.spots.map((spots) => Uint32Array.from(spots)),
  );
  expect([...found]).toEqual([4, 9]);
});

test("a token twice in a phrase must stand there twice", () => {
  const spots = [Uint32Array.of(3, 4), Uint32Array.of(7, 9)];
  const posting = () => ({ rows: Uint32Array.of(0, 1), weights: new Float32Array(2) });
  expect([...phraseRows(["no", "no"], posting, () => spots)]).toEqual([0]);
});

test("rows with every word come before rows with some, rare words weigh more, ties go by row", () => {
  const list = (rows: number[], weight: number) => ({
    rows: Uint32Array.from(rows),
    weights: new Float32Array(rows.length).fill(weight),
    rarity: rarity(rows.length, 100),
  });
  const ranked = rank([list([1, 5, 7, 8], 0.5), list([2, 5], 0.5)], false).map(({ row }) => row);
  expect(ranked).toEqual([5, 2, 1, 7, 8]);
  expect(rank([list([1, 5, 7], 0.5), list([2, 5], 0.5)], true).map(({ row }) => row)).toEqual([5]);
});
