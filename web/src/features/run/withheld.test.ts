import { expect, test } from "vitest";
import { sectionsOf } from "./derive";
import { hasNumberedClasses, withheldFrom, withheldIn } from "./withheld";

test("texts, files and folders that stayed are told apart", () => {
  expect(withheldIn("CUDA error in <text>")).toBe("texts");
  expect(withheldIn("<path>.yaml")).toBe("texts");
  expect(withheldIn("<path>/lot12.yaml")).toBe("folders");
  expect(withheldIn("yolo11n.pt")).toBeNull();
});

test("withheld texts are found at any depth, and tell more than folders", () => {
  const provenance = { command: ["<path>/python", "--note", "<text>"] };
  expect(withheldFrom({ config: { data: "<path>/a.yaml" }, settings: {}, provenance })).toBe("texts");
  expect(withheldFrom({ config: { data: "<path>/a.yaml" }, settings: {}, provenance: {} })).toBe("folders");
  expect(withheldFrom({ config: { lr0: 0.01 }, settings: {}, provenance: {} })).toBeNull();
});

function sectionOf(...classes: string[]) {
  const [plan] = sectionsOf(
    classes.map((name) => ({ name: `class/${name}/AP50`, family: "class", unit: "", title: { en: name, zh: name } })),
  );
  return plan ? hasNumberedClasses(plan) : null;
}

test("classes are numbered only if all of them are", () => {
  expect(sectionOf("0", "1", "12")).toBe(true);
  expect(sectionOf("0", "scratch")).toBe(false);
});

test("numbers in other charts are no classes", () => {
  const [plan] = sectionsOf([{ name: "12", family: "other", unit: "", title: { en: "12", zh: "12" } }]);
  expect(plan && hasNumberedClasses(plan)).toBe(false);
});
