import { expect, test } from "vitest";
import en from "../../i18n/en/run.json";
import zh from "../../i18n/zh/run.json";
import { knownReason, REASONS } from "./ledger";

test("every reason is explained in both languages, and nothing else is", () => {
  for (const texts of [en, zh]) {
    expect(Object.keys(texts.ledger.reasons).toSorted()).toEqual([...REASONS].toSorted());
    for (const { title, what } of Object.values(texts.ledger.reasons)) expect([title, what]).not.toContain("");
  }
});

test("a reason of a newer server is not mistaken for a known one", () => {
  expect([knownReason("torn"), knownReason("eaten_by_dog")]).toEqual(["torn", null]);
});
