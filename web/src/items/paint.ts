import { lineColor } from "../charts/palette";
import type { Paint } from "./PixelLayer";

const HEAT = ["#30123b", "#4662d8", "#36a9e1", "#1be5b5", "#a4fc3c", "#fbb938", "#e4460a", "#7a0403"]; // dark blue to dark red, as heat is drawn
const ALL = 255;
const MASK_ALPHA = 150;

function rgb(color: string): readonly [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [(value >> 16) & ALL, (value >> 8) & ALL, value & ALL];
}

/** The colour of a strength; the weak ones let more of the picture through. */
export const paintHeat: Paint = (grey) => {
  const at = (grey / ALL) * (HEAT.length - 1);
  const [low, high] = [rgb(HEAT[Math.floor(at)] ?? ""), rgb(HEAT[Math.ceil(at)] ?? "")];
  const share = at - Math.floor(at);
  const mix = (place: 0 | 1 | 2) => Math.round(low[place] + (high[place] - low[place]) * share);
  return [mix(0), mix(1), mix(2), Math.min(ALL, 60 + grey * 2)];
};

/** The colour of a label of a mask; 0 is nothing, label n + 1 has the colour of class n. */
export const paintMask: Paint = (grey) => {
  if (grey === 0) return [0, 0, 0, 0];
  const [red, green, blue] = rgb(lineColor("dark", grey - 1));
  return [red, green, blue, MASK_ALPHA];
};
