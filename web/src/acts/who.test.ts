import { getFixedT, init } from "i18next";
import { beforeAll, expect, test } from "vitest";
import en from "../i18n/en";
import zh from "../i18n/zh";
import { markedBy, whoWords } from "./who";

beforeAll(() => init({ lng: "en", resources: { en, zh }, defaultNS: "acts", interpolation: { escapeValue: false } }));

const inEnglish = () => getFixedT("en", "acts");

test("what nobody pressed is told as the autopilot's, a person by the own name", () => {
  const t = inEnglish();
  expect(whoWords("anna", t)).toBe("anna");
  expect(whoWords("measure roll_back_diverged", t)).toBe(`Autopilot · ${t("autopilot.roll_back_diverged")}`);
  expect(whoWords("measure of_tomorrow", t)).toBe("Autopilot · of_tomorrow");
  expect(whoWords("measure stop_broken", getFixedT("zh", "acts"))).toMatch(/^自动处置 · /);
});

test("a mark of the autopilot is named as such", () => {
  const t = inEnglish();
  expect([markedBy("anna", "rolled back", t), markedBy("measure x", "rolled back", t)]).toEqual(["rolled back", "Autopilot · rolled back"]);
});
