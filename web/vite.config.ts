import { defineConfig } from "vitest/config";

// `npm run dev` shows the pages with the API of a server that already runs; everything else comes from the binary.
const api = "http://127.0.0.1:8080";

export default defineConfig({
  build: {
    target: "es2022",
    // Strict Content-Security-Policy: nothing inline, so no data: URLs and no injected polyfill either.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    // What is bundled keeps its copyright notices.
    license: { fileName: "licences.txt" },
  },
  server: { proxy: { "/api": api, "/docs": api, "/openapi.json": api } },
  test: { include: ["src/**/*.test.ts"] },
});
