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
  below(["src/core/**"], "data", "state", "render", "panels"),
  below(["src/data/**"], "state", "render", "panels"),
  below(["src/state/**"], "render", "panels"),
  below(["src/render/**"], "panels"),
  below(["src/panels/**"], "render"),
);
