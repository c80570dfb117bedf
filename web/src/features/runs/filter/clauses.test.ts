import { expect, test } from "vitest";
import { hasClause, looksWhole, quoted, toggledClause, withClause, withoutClause } from "./clauses";

const RUNNING = 'state == "running"';

test("a clause comes behind what was typed, and goes again without a trace", () => {
  const typed = "metrics/mAP50(B)>0.5  and name matches 'a and b'";
  const both = withClause(typed, RUNNING);
  expect(both).toBe(`metrics/mAP50(B)>0.5 and name matches 'a and b' and ${RUNNING}`);
  expect(withoutClause(both, RUNNING)).toBe("metrics/mAP50(B)>0.5 and name matches 'a and b'");
});

test("into an empty filter it comes alone", () => {
  expect(withClause("  ", RUNNING)).toBe(RUNNING);
  expect(withoutClause(RUNNING, RUNNING)).toBe("");
});

test("an alternative is put in parentheses, and taken out of them again", () => {
  const both = withClause("epoch > 3 or starred == true", RUNNING);
  expect(both).toBe(`(epoch > 3 or starred == true) and ${RUNNING}`);
  expect(hasClause(both, RUNNING)).toBe(true);
  expect(toggledClause(both, RUNNING)).toBe("epoch > 3 or starred == true");
});

test("a clause within an alternative is not the filter's own", () => {
  expect(hasClause(`${RUNNING} or epoch > 3`, RUNNING)).toBe(false);
  expect(hasClause(`(${RUNNING} and epoch > 3)`, RUNNING)).toBe(false);
});

test("blanks and the kind of quotes make no other clause", () => {
  expect(hasClause("epoch > 3 AND state=='running'", RUNNING)).toBe(false);
  expect(hasClause("epoch > 3 AND state  ==  'running'", RUNNING)).toBe(true);
});

test("an unfinished connective is not doubled", () => {
  expect(withClause("epoch > 3 and ", RUNNING)).toBe(`epoch > 3 and ${RUNNING}`);
});

test("a filter is asked about once it may be whole", () => {
  const whole = ["epoch > 3", 'tags contains "a b" )', "created > now - 1d", "x in [1, 2]", "not group exists", "a == true"];
  expect(whole.map(looksWhole)).toEqual(whole.map(() => true));
  const begun = ["", "epoch", "epoch >", 'tags contains "a', "x in [1", "epoch > 3 and", "epoch > 3 and ep"];
  expect(begun.map(looksWhole)).toEqual(begun.map(() => false));
});

test("quotes and backslashes of a tag are kept", () => {
  expect(quoted('划痕/轻微 "A"\\')).toBe('"划痕/轻微 \\"A\\"\\\\"');
});
