import { expect, test } from "vitest";
import { newsLine } from "./news";

const did = (author: string, told: string) => ({ author, told });

test("one deed is told with its doer", () => {
  expect(newsLine([did("grace", "labelled 12 rows “rude” (tone)")])).toBe("grace labelled 12 rows “rude” (tone)");
});

test("of several deeds the last is told and the others are counted", () => {
  const deeds = [did("grace", "a"), did("grace", "b")];
  expect(newsLine(deeds)).toBe("grace b, and 1 change before");
  expect(newsLine(deeds, 5)).toBe("grace b, and 6 changes before");
});

test("several doers are named, many are counted", () => {
  expect(newsLine([did("ada", "a"), did("grace", "b")])).toBe("grace b, and 1 change before by grace, ada");
  expect(newsLine([..."abcdx"].map((author) => did(author, "did it")))).toBe("x did it, and 4 changes before by 4 others");
});

test("nothing done is nothing told", () => {
  expect(newsLine([])).toBe("");
});
