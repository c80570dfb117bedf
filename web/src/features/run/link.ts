/** An address of charts for somebody else: where nothing is arranged it says so, because their browser may remember otherwise. */
export function linkOf(address: string): string {
  const link = new URL(address);
  const { searchParams } = link;
  if (searchParams.get("tab") === "charts" && !searchParams.has("layout")) searchParams.set("layout", "usual");
  return link.href;
}
