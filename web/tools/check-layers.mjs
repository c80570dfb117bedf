// Fails when an import points upwards (app → features → panels|items|edits|acts|machines → charts|series|ui|api|i18n → lib) or sideways between rooms.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const SRC = resolve(dirname(fileURLToPath(import.meta.url)), "../src");
const LEVEL = { main: 5, app: 4, features: 3, panels: 2, items: 2, machines: 2, edits: 2, acts: 2, charts: 1, series: 1, ui: 1, api: 1, i18n: 1, lib: 0 };
const IMPORT = /(?:from|import)\s*\(?\s*["']([^"']+)["']/g;

function* sources(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (/\.(ts|tsx)$/.test(name)) yield path;
  }
}

/** "features/run" for a file of a feature, else the first folder; main.tsx is its own room. */
function roomOf(path) {
  const [first, second] = relative(SRC, path).split("/");
  if (first.startsWith("main.")) return "main";
  return first === "features" ? `features/${second}` : first;
}

const levelOf = (room) => LEVEL[room.split("/")[0]];
const faults = [];
let edges = 0;
for (const file of sources(SRC)) {
  const room = roomOf(file);
  if (levelOf(room) === undefined) faults.push(`${relative(SRC, file)}: unknown room ${room}`);
  if (room !== "app" && !file.includes("/charts/") && /echarts\/(core|charts|components|renderers)/.test(readFileSync(file, "utf8")))
    faults.push(`${relative(SRC, file)}: only charts/ may use echarts`);
  for (const [, target] of readFileSync(file, "utf8").matchAll(IMPORT)) {
    if (!target.startsWith(".")) continue;
    const other = roomOf(resolve(dirname(file), target));
    edges += 1;
    if (other !== room && levelOf(other) >= levelOf(room)) faults.push(`${relative(SRC, file)} (${room}) imports ${target} (${other})`);
  }
}

for (const fault of faults) console.error(fault);
console.log(`${edges} imports checked, ${faults.length} against the layers`);
process.exit(faults.length ? 1 : 0);
