import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  // Relative addresses: the same bundle works under any path, and in a static folder.
  base: "./",
  build: {
    outDir: "dist",
    target: "es2022",
    // One script and one stylesheet: fewer round trips before the first frame.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: {
    // `npm run dev` shows the map of a running `portolan open`: PORTOLAN_URL=http://127.0.0.1:8417
    proxy: { "/api": process.env["PORTOLAN_URL"] ?? "http://127.0.0.1:8417" },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
