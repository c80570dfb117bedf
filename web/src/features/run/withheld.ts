import type { RunDetail } from "../../api/client";
import type { SectionPlan } from "./derive";

/** What a trainer's policy keeps back is sent as `<text>` and `<path>`; a folder is `<path>/` in any case. */
export type Withheld = "texts" | "folders" | "classes";

const TEXTS = /<text>|<path>(?!\/)/;
const FOLDERS = /<path>\//;
const NUMBER = /^\d+$/;

/** What of a text, or of all texts within a value, stayed on the training's machine. */
export function withheldIn(value: unknown): Exclude<Withheld, "classes"> | null {
  const all = typeof value === "string" ? value : JSON.stringify(value);
  if (TEXTS.test(all)) return "texts";
  return FOLDERS.test(all) ? "folders" : null;
}

export const withheldFrom = ({ config, settings, provenance }: Pick<RunDetail, "config" | "settings" | "provenance">) =>
  withheldIn([config, settings, provenance]);

/** Tells whether a class is called by a number, as where its name stayed on the training's machine. */
export const isNumbered = (name: string) => NUMBER.test(name);

/** Tells whether numbers stand for all classes of a section. */
export function hasNumberedClasses({ id, charts }: { readonly id: string; readonly charts: SectionPlan["charts"] }): boolean {
  return id === "class" && charts.length > 0 && charts.every(({ lines }) => lines.every(({ label }) => isNumbered(label.en)));
}
