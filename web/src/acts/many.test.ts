import { expect, test } from "vitest";
import { wishFor } from "./acts";
import { wishesFor } from "./many";

const runs = [{ id: "a" }, { id: "b" }];

test("each run is asked under an id of its own", () => {
  const wishes = wishesFor(runs, () => wishFor("pause"), new Map());
  expect([...wishes.keys()]).toEqual(["a", "b"]);
  expect(wishes.get("a")?.id).not.toBe(wishes.get("b")?.id);
});

test("what may have arrived is asked again under its id, anything else is a new wish", () => {
  const before = new Map([["a", wishFor("pause", {}, "known")]]);
  expect(wishesFor(runs, () => wishFor("pause", {}, "new"), before).get("a")?.id).toBe("known");
  expect(wishesFor(runs, () => wishFor("pause", {}, "new"), before).get("b")?.id).toBe("new");
  expect(wishesFor(runs, () => wishFor("resume", {}, "new"), before).get("a")?.id).toBe("new");
});
