import { getFixedT, init } from "i18next";
import { beforeAll, expect, test } from "vitest";
import type { RunMeasures } from "../../../api/client";
import en from "../../../i18n/en";
import { ofThisRun, standingWords } from "./derive";

type Measure = RunMeasures["measures"][number];
type Event = RunMeasures["events"][number];

const words = { en: "", zh: "" };

function measure(mode: Measure["mode"]): Measure {
  return { measure: "stop_broken", title: words, what: words, rules: [], mode, most: 1, who: "", changed: null, would_have: 0, acted: 0 };
}

function event(kind: Event["kind"]): Event {
  return { at: "2026-01-01T00:00:00Z", measure: "stop_broken", kind, who: "", run: "r", run_name: "r", rule: "", epoch: null, command: "", sentence: words };
}

beforeAll(() => init({ lng: "en", resources: { en }, defaultNS: "autopilot", interpolation: { escapeValue: false } }));

const told = (spared: boolean, ...modes: Measure["mode"][]) => standingWords({ spared, measures: modes.map(measure) }, getFixedT("en", "autopilot"));

test("how the autopilot stands for a run is said in a few words", () => {
  expect(told(false, "off", "off")).toBe("off for this project");
  expect(told(false, "on", "on", "would")).toBe("on (2 measures) · only writes down (1 measure)");
  expect(told(false, "off", "would")).toBe("only writes down (1 measure)");
  expect(told(true, "on")).toBe("leaves this run alone");
});

test("that a project was set otherwise is no news of a run", () => {
  expect(ofThisRun([event("acted"), event("set"), event("spared")]).map(({ kind }) => kind)).toEqual(["acted", "spared"]);
});
