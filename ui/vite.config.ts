import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Names the modules that the document's script begins with: asked for together with it, not after it. */
const modulesAhead: Plugin = {
  name: "portolan-modules-ahead",
  transformIndexHtml: {
    order: "post",
    handler: (_html, { chunk }) =>
      (chunk?.dynamicImports ?? []).map((name) => ({
        tag: "link",
        attrs: { rel: "modulepreload", crossorigin: true, href: `./${name}` },
        injectTo: "head",
      })),
  },
};

export default defineConfig({
  plugins: [svelte(), modulesAhead],
  // Relative addresses: the same bundle works under any path, and in a static folder.
  base: "./",
  build: {
    outDir: "dist",
    target: "es2022",
    // One stylesheet: fewer round trips before the first frame.
    cssCodeSplit: false,
    modulePreload: false,
    assetsInlineLimit: 0,
  },
  server: {
    // `npm run dev` shows the map of a running `portolan open`: PORTOLAN_URL=http://127.0.0.1:8417
    proxy: { "/api": process.env["PORTOLAN_URL"] ?? "http://127.0.0.1:8417" },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
