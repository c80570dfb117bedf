import { expect, test } from "vitest";
import { nextScheme, type Scheme } from "./scheme";

function clicks(system: "light" | "dark"): Scheme[] {
  const first = nextScheme("auto", system);
  const second = nextScheme(first, system);
  return [first, second, nextScheme(second, system)];
}

test("the first click shows the opposite of what is shown, the third returns to the system's choice", () => {
  expect(clicks("light")).toEqual(["dark", "light", "auto"]);
  expect(clicks("dark")).toEqual(["light", "dark", "auto"]);
});
