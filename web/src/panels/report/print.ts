import type { Report } from "./report";
import { reportHtml } from "./write";

const AFTER_MS = 60_000; // some browsers return before the reader has answered

/** Lets the browser print the report, which also makes a PDF of it. It stands in a frame that may not run anything. */
export function printReport(report: Report): void {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-same-origin allow-modals");
  frame.setAttribute("aria-hidden", "true");
  frame.style.cssText = "position:fixed;right:0;bottom:0;width:0;height:0;border:0";
  frame.srcdoc = reportHtml(report);
  frame.addEventListener("load", () => {
    frame.contentWindow?.print();
    setTimeout(() => frame.remove(), AFTER_MS);
  });
  document.body.append(frame);
}
