import { NEW_BOARD, type BoardState } from "./state";

export const TEMPLATE_IDS = ["progress", "classes", "speed"] as const;
export type TemplateId = (typeof TEMPLATE_IDS)[number];

const CHARTS: Readonly<Record<TemplateId, readonly string[]>> = {
  progress: ["metrics/mAP50-95", "metrics/mAP50", "val/*_loss", "train/epoch/*_loss", "lr/*"],
  classes: ["metrics/mAP50-95", "class/*/AP50", "errors/missed", "errors/background", "errors/localisation", "errors/classification"],
  speed: ["time/batch_s", "time/data_s", "time/epoch_s", "system/gpu*", "system/cpu_percent", "system/memory_bytes"],
};

/** What a board made from a template shows: charts of the newest runs. */
export const fromTemplate = (id: TemplateId): BoardState => ({ ...NEW_BOARD, charts: CHARTS[id] });
