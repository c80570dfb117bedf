/** Which project. */
export interface AutopilotSearch {
  readonly project?: string;
}

const textOf = (value: unknown) => ((typeof value === "string" || typeof value === "number") && String(value) !== "" ? String(value) : undefined);

export function parseAutopilotSearch(raw: Record<string, unknown>): AutopilotSearch {
  const project = textOf(raw.project);
  return project === undefined ? {} : { project };
}
