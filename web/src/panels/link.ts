/** The address of this page with a chart over the whole of it. */
export function linkOfChart(chart: string): string {
  const link = new URL(window.location.href);
  link.searchParams.set("chart", chart);
  return link.href;
}
