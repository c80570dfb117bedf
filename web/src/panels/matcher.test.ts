import { expect, test } from "vitest";
import { matcherOf } from "./matcher";

const LOSS = ["Box loss", "loss/box_loss", "train/box_loss", "val/box_loss"];
const CLASS = ["AP50 per class", "class/AP50", "class/划痕/轻微 (A)/AP50"];

test.each<[string, string, boolean[]]>([
  ["", "all", [true, true]],
  ["box", "words", [true, false]],
  ["LOSS val", "words", [true, false]],
  ["划痕", "words", [false, true]],
  ["轻微 (A)", "words", [false, true]],
  ["^val/.*loss$", "pattern", [true, false]],
  ["box|AP50", "pattern", [true, true]],
  ["/class.+/", "pattern", [false, true]],
  ["val/[", "broken", [false, false]],
])("%j is read as %s", (text, kind, found) => {
  const matcher = matcherOf(text);
  expect([matcher.kind, [LOSS, CLASS].map(matcher.matches)]).toEqual([kind, found]);
});
