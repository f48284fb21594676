import { expect, test } from "vitest";
import { EMPTY_LINK } from "./link";
import { asPython } from "./python";

const map = { zoom: 1, x: 0, y: 0 };

test("a filter alone is a filter, wherever one looks", () => {
  expect(asPython({ ...EMPTY_LINK, map, f: `a = 'x "y"'` }, null)).toBe(`m.filter("a = 'x \\"y\\"'")`);
});

test("anything more is a view", () => {
  expect(asPython({ ...EMPTY_LINK, f: "a = 1", row: 3 }, null)).toBe(`m.view("#f=a%20%3D%201&row=3")`);
  expect(asPython({ ...EMPTY_LINK, map }, null)).toBe(`m.view("#map=1/0/0")`);
});

test("where the map lies, the line opens it", () => {
  expect(asPython({ ...EMPTY_LINK, f: "a" }, "C:\\maps\\a")).toBe(
    `import portolan\n\nportolan.open_map("C:\\\\maps\\\\a").filter("a")`,
  );
});
