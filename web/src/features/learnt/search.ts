/** Which project, and by what its runs are judged. */
export interface LearntSearch {
  readonly project?: string;
  readonly metric?: string;
}

const textOf = (value: unknown) => ((typeof value === "string" || typeof value === "number") && String(value) !== "" ? String(value) : undefined);

export function parseLearntSearch(raw: Record<string, unknown>): LearntSearch {
  const [project, metric] = [textOf(raw.project), textOf(raw.metric)];
  return { ...(project === undefined ? {} : { project }), ...(metric === undefined ? {} : { metric }) };
}
