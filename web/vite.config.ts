import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const SERVER = process.env.YOLOSCOPE_SERVER ?? "http://127.0.0.1:8080";

/** Puts the API browser's assets beside ours, so that /docs asks nothing of another host. */
function swaggerAssets(): Plugin {
  const root = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  return {
    name: "swagger-assets",
    apply: "build",
    generateBundle() {
      for (const file of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
        this.emitFile({ type: "asset", fileName: `swagger/${file}`, source: readFileSync(join(root, file)) });
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), swaggerAssets()],
  build: {
    outDir: "../src/yoloscope/server/static",
    emptyOutDir: true,
    // The charts' library is one big chunk on purpose: it loads with the first run page only.
    chunkSizeWarningLimit: 800,
  },
  server: {
    proxy: {
      "/api": { target: SERVER, ws: true },
      "/log": SERVER,
      "/open": SERVER,
      "/docs": SERVER,
      "/openapi.json": SERVER,
    },
  },
});
