import { expect, test } from "vitest";
import { cellLine, cellValue, chosenColumns, type ColumnFacts, columnWidth, firstColumns, gridTemplate, moreTurns, tableColumns, type TableRow } from "./table-columns";

const PAIRS: ColumnFacts = {
  kind: "pair",
  columns: [
    { name: "chosen", type: "string", role: "chosen" },
    { name: "rejected", type: "string", role: "rejected" },
    { name: "subset", type: "string", role: "category" },
    { name: "stars", type: "int64", role: null },
  ],
  layers: [{ layer: 0, clusters: 90 }, { layer: 1, clusters: 9 }],
};
const turn = (text: string) => ({ role: "human", text });
const ROW: TableRow = {
  row_id: 7,
  clusters: [4, -1],
  reading: { kind: "pair", prompt: [turn("\n How?\nNow."), turn("again")], chosen: [turn("Like so.")], rejected: [] },
  columns: { subset: "base", stars: 1234, chosen: "raw" },
};
const COLUMNS = tableColumns(PAIRS);
const column = (id: string) => COLUMNS.find((one) => one.id === id)!;
const topic = (layer: number, id: number) => `topic ${layer}/${id}`;

test("a pair has its parts, its topics and the columns that its parts do not show", () => {
  expect(COLUMNS.map(({ id }) => id)).toEqual(["prompt", "chosen", "rejected", "cluster_0", "cluster_1", "subset", "stars", "row_id"]);
  expect(COLUMNS.map(({ label }) => label).slice(3, 5)).toEqual(["Topic", "Topic (of 9)"]);
});

test("a text's column is called what it is called in the data", () => {
  const columns = tableColumns({ kind: "text", columns: [{ name: "body_text", type: "string", role: "text" }], layers: [] });
  expect(columns.map(({ id, label }) => [id, label])).toEqual([["body_text", "body text"], ["row_id", "row"]]);
});

test("one who has not chosen sees texts, the finest topic and a few columns", () => {
  expect(firstColumns(COLUMNS)).toEqual(["prompt", "chosen", "rejected", "cluster_0", "subset", "stars"]);
});

test("columns chosen on another map are passed over, and some column is always there", () => {
  expect(chosenColumns(COLUMNS, ["stars", "gone", "prompt"]).map(({ id }) => id)).toEqual(["prompt", "stars"]);
  expect(chosenColumns(COLUMNS, ["gone"]).map(({ id }) => id)).toEqual(["prompt"]);
});

test("a cell is one line, a copied cell is whole", () => {
  expect(cellLine(column("chosen"), ROW, topic)).toBe("Like so.");
  expect(moreTurns(column("prompt"), ROW)).toBe(1);
  expect(cellValue(column("prompt"), ROW, topic)).toBe("Human: \n How?\nNow.\n\nHuman: again");
  expect(cellValue(column("chosen"), ROW, topic)).toBe("Like so.");
  expect(cellLine(column("stars"), ROW, topic)).toBe("1,234");
  expect(cellLine(column("row_id"), ROW, topic)).toBe("7");
});

test("of a prompt the table shows what it asks in the end, as the reader does; of a conversation its beginning", () => {
  expect(cellLine(column("prompt"), ROW, topic)).toBe("again");
  const talk: TableRow = { ...ROW, reading: { kind: "conversation", turns: [turn("\n How?\nNow."), turn("again")] } };
  expect(cellLine(column("prompt"), talk, topic)).toBe("How?");
});

test("a topic is said by its name; a row in none has no value there", () => {
  expect(cellLine(column("cluster_0"), ROW, topic)).toBe("topic 0/4");
  expect(cellValue(column("cluster_1"), ROW, topic)).toBeNull();
  expect(cellLine(column("rejected"), ROW, topic)).toBe("");
});

test("texts share the room that other columns leave, the first one most; a width set by hand holds", () => {
  const shown = chosenColumns(COLUMNS, ["prompt", "chosen", "stars"]);
  expect(gridTemplate(shown, {})).toBe("minmax(240px, 1.5fr) minmax(240px, 1fr) 84px");
  expect(gridTemplate(shown, { prompt: 300 })).toBe("300px minmax(240px, 1fr) 84px");
  expect([columnWidth(3), columnWidth(99.6), columnWidth(9999)]).toEqual([48, 100, 1200]);
});
