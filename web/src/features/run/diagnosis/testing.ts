import type { Finding, Happened } from "../../../api/client";

const MOMENT = { epoch: 3, step: 30, time: null };
const words = (text: string) => ({ en: text, zh: text });

/** A finding for tests, with as much told as they need. */
export function findingOf(rule: string, more: Partial<Finding> = {}): Finding {
  return {
    rule, name: rule, title: words(rule), what: words(""), why: words(""), severity: "warning", is_quiet: false, status: "open", confidence: 1,
    evidence: words(""), advice: { text: words(""), args: {}, command: "" }, closes: words(""), opened: MOMENT, updated: MOMENT, closed: null,
    series: [], window: null, by_step: false, values: {}, caused_by: null, dismissed: null, actions: [], ...more,
  };
}

export function happened(rule: string, kind: Happened["kind"], epoch: number | null, severity: Happened["severity"] = "warning"): Happened {
  return { rule, title: words(rule), kind, severity, epoch, time: "2026-01-01T00:00:00Z", reason: "" };
}
