import { svelte } from "@sveltejs/vite-plugin-svelte";
import { type Plugin, defineConfig } from "vite";

/** Puts the bundle's styles into its script, where the widget takes them into its shadow. */
const stylesInside: Plugin = {
  name: "portolan-styles-inside",
  enforce: "post",
  generateBundle(_options, bundle) {
    const sheets = Object.values(bundle).filter((file) => file.type === "asset" && file.fileName.endsWith(".css"));
    const styles = JSON.stringify(sheets.map((sheet) => String((sheet as { source: unknown }).source)).join("\n"));
    for (const sheet of sheets) delete bundle[sheet.fileName];
    for (const file of Object.values(bundle)) {
      if (file.type === "chunk") file.code = file.code.replace(/(["'`])__PORTOLAN_STYLES__\1/, () => styles);
    }
  },
};

/** The page as one module for notebooks: no second file, nothing evaluated from text. */
export default defineConfig({
  plugins: [svelte(), stylesInside],
  publicDir: false,
  build: {
    outDir: "dist-widget",
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: "src/widget/main.ts",
      preserveEntrySignatures: "strict",
      output: { entryFileNames: "widget.js", format: "es", codeSplitting: false },
    },
  },
});
