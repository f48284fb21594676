import svelte from "eslint-plugin-svelte";
import ts from "typescript-eslint";

/** Imports point down only: core ← data ← state ← render, panels. */
const below = (files, ...forbidden) => ({
  files,
  rules: {
    "no-restricted-imports": [
      "error",
      { patterns: forbidden.map((folder) => ({ group: [`**/${folder}/**`], message: `imports point down: not from ${folder}/ here` })) },
    ],
  },
});

/** The page may stand in a notebook's cell, beside others: what is the document's it asks of its host (state/host.ts). */
const ownDocument = {
  files: ["src/**/*.ts", "src/**/*.svelte"],
  ignores: ["src/state/host.ts", "src/widget/**", "src/gallery/**", "src/main.ts", "src/handle.ts", "src/**/*.test.ts"],
  rules: {
    "no-restricted-globals": [
      "error",
      ...["window", "location", "history", "localStorage", "sessionStorage", "innerWidth", "innerHeight"].map((name) => ({
        name,
        message: "ask session.host: the page may stand in a notebook's cell",
      })),
    ],
    "no-restricted-syntax": [
      "error",
      {
        selector: "MemberExpression[object.name='document'][property.name!=/^create/]",
        message: "ask session.host: the page may stand in a notebook's cell",
      },
      {
        selector: "SvelteElement[kind='special'][name.name=/^svelte:(window|document|body)$/]",
        message: "listen on session.host.keys or on an element: the page may stand in a notebook's cell",
      },
    ],
  },
};

export default ts.config(
  ...ts.configs.strict,
  ...svelte.configs["flat/recommended"],
  { ignores: ["src/data/api.generated.ts"] },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    rules: {
      "svelte/no-at-html-tags": "error", // dataset text is shown as text
      "@typescript-eslint/no-non-null-assertion": "off", // typed arrays read inside their own bounds
      "no-undef": "off", // TypeScript checks names
      "svelte/prefer-svelte-reactivity": "off", // collections are replaced as a whole ($state.raw), never changed in place
      eqeqeq: "error",
    },
  },
  ownDocument,
  below(["src/core/**"], "data", "state", "render", "panels"),
  below(["src/data/**"], "state", "render", "panels"),
  below(["src/state/**"], "render", "panels"),
  below(["src/render/**"], "panels"),
  below(["src/panels/**"], "render"),
);
