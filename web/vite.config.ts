import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type Rolldown } from "vite";

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

const PAGE = join(import.meta.dirname, "index.html");
const START = join(import.meta.dirname, "src/app/start.tsx");

interface Graph {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null;
}

/** Everything that a module brings at once. */
function broughtBy(entry: string, graph: Graph): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [entry];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    waiting.push(...(graph.getModuleInfo(id)?.importedIds ?? []));
  }
  return found;
}

/**
 * Few chunks: each is a request of its own, of which a browser has six under way, and forty small ones took longer than their code.
 * What every page begins with is one, and the run table is in it, because it is where most begin.
 */
const GROUPS: Rolldown.CodeSplittingGroup[] = [
  { debugName: "main", name: (id, graph) => (broughtBy(PAGE, graph).has(id) ? "main" : null) },
  { name: "start", tags: ["$initial"] },
  { name: "controls", test: /node_modules[\\/](@mantine|@floating-ui)/, minShareCount: 2 },
  { name: "curves", test: /src[\\/](charts[\\/](?!options)|panels|series)/, minShareCount: 2 },
];

function link(rel: string, file: string) {
  return { tag: "link", attrs: { rel, crossorigin: true, href: `/${file}` } };
}

/** Names in the page what its first script asks for in any case, so that it travels beside the script. */
function startBeside(): Plugin {
  return {
    name: "start-beside",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle = {} }) {
        const start = Object.values(bundle).find((one) => one.type === "chunk" && one.name === "start");
        if (start?.type !== "chunk") throw new Error("no chunk is called start");
        return [link("modulepreload", start.fileName), ...[...(start.viteMetadata?.importedCss ?? [])].map((file) => link("stylesheet", file))];
      },
    },
  };
}

export default defineConfig({
  plugins: [react(), swaggerAssets(), startBeside()],
  build: {
    modulePreload: { polyfill: false }, // where a browser does not know it, code comes a little later
    rolldownOptions: { input: [PAGE, START], output: { codeSplitting: { groups: GROUPS } } },
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
