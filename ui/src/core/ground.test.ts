import { expect, test } from "vitest";
import { isDarkAround } from "./ground";

const NOTHING = { said: [], backgrounds: [], isSystemDark: false };

test("a theme that the document names decides", () => {
  const dark = (said: string) => isDarkAround({ ...NOTHING, said: [null, "", said], backgrounds: ["rgb(255, 255, 255)"] });
  expect(["dark", "vscode-dark", "dark-theme wide", "vscode-high-contrast"].map(dark)).toEqual([true, true, true, true]);
  expect(["light", "vscode-high-contrast-light", "light dark"].map(dark)).toEqual([false, false, false]);
});

test("a word that only contains dark names no theme", () => {
  expect(isDarkAround({ ...NOTHING, said: ["darkroom"] })).toBe(false);
});

test("without a name the first background that one cannot see through decides", () => {
  const backgrounds = ["rgba(0, 0, 0, 0)", "rgb(17, 17, 17)", "rgb(255, 255, 255)"];
  expect(isDarkAround({ ...NOTHING, backgrounds })).toBe(true);
});

test("without either the system decides", () => {
  expect(isDarkAround({ ...NOTHING, backgrounds: ["transparent"], isSystemDark: true })).toBe(true);
});
