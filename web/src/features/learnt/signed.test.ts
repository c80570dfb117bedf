import { expect, test } from "vitest";
import { signedFormat } from "./signed";

test("numbers have the decimals that their axis needs, and a sign", () => {
  expect([signedFormat("en", 5)(3.14159), signedFormat("en", 5)(-0.26), signedFormat("en", 50)(12.34), signedFormat("en", 0.02)(0.0123)]).toEqual(["+3.1", "−0.3", "+12.3", "+0.012"]);
});
