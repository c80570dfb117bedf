/** Hands a file to the reader. */
export function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000); // a browser may read it a moment later
}

/** A name that every file system takes. */
export function fileName(name: string, ending: string): string {
  const plain = name.replace(/[\p{Cc}\\/:*?"<>|\s]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "");
  return `${[...plain].slice(0, 80).join("") || "chart"}.${ending}`;
}
