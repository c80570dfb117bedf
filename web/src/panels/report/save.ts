import { download, fileName } from "../../lib/download";
import type { Report } from "./report";
import { reportHtml } from "./write";

/** Hands the report to the reader as a file. */
export function saveReport(report: Report): void {
  download(fileName(report.title, "html"), new Blob([reportHtml(report)], { type: "text/html;charset=utf-8" }));
}
