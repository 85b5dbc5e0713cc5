import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

// `npm run dev` shows the pages with the API of a server that already runs, by default one of `mem serve`; another one
// is named by MEM_API. Everything else comes from the binary.
export default defineConfig(({ mode }) => {
  const api = loadEnv(mode, ".", "MEM_")["MEM_API"] ?? "http://127.0.0.1:8080";
  const served = ["/api", "/docs", "/openapi.json", "/latest", "/command", "/health"];
  return {
    build: {
      target: "es2022",
      // Strict Content-Security-Policy: nothing inline, so no data: URLs and no injected polyfill either.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      emptyOutDir: true,
      // What is bundled keeps its copyright notices.
      license: { fileName: "licences.txt" },
    },
    server: {
      proxy: {
        // The page of that name belongs to these pages; only the programs' address goes on.
        ...Object.fromEntries(served.map((path) => [path === "/health" ? "^/health$" : path, asPrograms(api)])),
        "/ws": { target: api, ws: true },
      },
    },
    test: { include: ["src/**/*.test.ts"] },
  };
});

/** Sends on what programs ask for; a browser that opens a page gets the page. */
function asPrograms(target: string): {
  target: string;
  bypass: (request: { headers: { accept?: string } }) => string | undefined;
} {
  return {
    target,
    bypass: ({ headers }) => (headers.accept?.startsWith("text/html") === true ? "/index.html" : undefined),
  };
}
