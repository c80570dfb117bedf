import type { MediaName, RunDetail } from "../../../api/client";

const SERIES = /^(?:class|errors)\//;
const ITEM = /^(?:confusion|classes|errors|sizes)$|^(?:curves|labels)\//;

/** Whether a run has anything to say about single classes. */
export function hasClasses({ run, items }: { readonly run: Pick<RunDetail, "series">; readonly items: readonly Pick<MediaName, "name">[] }): boolean {
  return run.series.some(({ name }) => SERIES.test(name)) || items.some(({ name }) => ITEM.test(name));
}
