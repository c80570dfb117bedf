import { csvOf } from "../charts/csv";
import { axisKeyOf, type ChartLine } from "../charts/scene";
import { pictureOf, type Drawing, type Picture } from "../charts/svg";
import { urlOf } from "../api/client";
import { download, fileName } from "../lib/download";

const PIXELS = 2; // per CSS pixel at least: sharp in a paper

export function saveSvg(drawing: Drawing): void {
  download(fileName(drawing.title, "svg"), new Blob([pictureOf(drawing).svg], { type: "image/svg+xml" }));
}

/** A data address, because the page may show no other pictures than its own. */
function imageOf({ svg }: Picture): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  return image.decode().then(() => image);
}

export async function savePng(drawing: Drawing): Promise<void> {
  const picture = pictureOf(drawing);
  const image = await imageOf(picture);
  const scale = Math.max(PIXELS, window.devicePixelRatio);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => blob && download(fileName(drawing.title, "png"), blob), "image/png");
}

export function saveCsv({ title, lines, look, window }: Drawing): void {
  const text = csvOf(lines, axisKeyOf(look), window);
  download(fileName(title, "csv"), new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }));
}

/** The address of every point of these lines, as the server keeps them. */
export function allPointsUrl(lines: readonly ChartLine[], run: string | null, x: string): string {
  const runs = [...new Set(lines.flatMap(({ columns }) => columns?.run ?? run ?? []))];
  const names = [...new Set(lines.map(({ name }) => name))];
  return urlOf("/api/v1/series", { query: { run: runs, name: names, buckets: 0, format: "csv", x } });
}
