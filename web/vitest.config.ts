import { defineConfig } from "vitest/config";

export default defineConfig({
  // A process of its own for each of 150 files costs six times what the tests do; none leaves anything behind, in whatever order.
  test: { environment: "node", include: ["src/**/*.test.ts"], sequence: { shuffle: true }, pool: "threads", isolate: false },
});
