import type { RunFindings } from "../../../api/client";
import type { Language } from "../../../i18n/texts";

/** A rule of which nothing is known, as its reader calls it, and what it would need. */
export interface MissingRow {
  readonly rule: string;
  readonly title: string;
  readonly inputs: readonly string[];
}

/** The rules that lacked an input, by their titles as the reader's language orders them. */
export function missingRows(rules: RunFindings["not_evaluated"], language: Language): MissingRow[] {
  const rows = rules.map(({ rule, title, missing }) => ({ rule, title: title[language], inputs: missing }));
  return rows.toSorted((a, b) => a.title.localeCompare(b.title, language));
}
