import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import en from "../../i18n/en/autopilot.json";
import zh from "../../i18n/zh/autopilot.json";
import { isUntried, RULES, ruleFrom } from "./derive";

const DOCS = resolve(import.meta.dirname, "../../../../docs");

function titlesIn(file: string): Record<string, string> {
  const found = readFileSync(resolve(DOCS, file), "utf8").matchAll(/^### ([A-Z]\d\d) (.*)$/gm);
  return Object.fromEntries([...found].map(([, rule = "", title = ""]) => [rule, title]));
}

test("rules are called what the list of rules calls them", () => {
  const [english, chinese] = [titlesIn("rules.md"), titlesIn("rules.zh-CN.md")];
  expect(en.rules).toEqual(Object.fromEntries(RULES.map((rule) => [rule, english[rule]])));
  expect(zh.rules).toEqual(Object.fromEntries(RULES.map((rule) => [rule, chinese[rule]])));
  expect([ruleFrom("N13"), ruleFrom("X99")]).toEqual(["N13", null]);
});

test("only what goes from off to on and never did anything is untried", () => {
  const never = { mode: "off" as const, would_have: 0, acted: 0 };
  expect(isUntried(never, "on")).toBe(true);
  const tried = [{ ...never, mode: "would" as const }, { ...never, would_have: 1 }, { ...never, acted: 1 }];
  expect(tried.map((one) => isUntried(one, "on"))).toEqual([false, false, false]);
  expect([isUntried(never, "would"), isUntried(never, "off")]).toEqual([false, false]);
});
