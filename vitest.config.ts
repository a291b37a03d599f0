import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/**
 * `npm test` runs everything that needs no trained model. Forks, not threads: a worker thread that ends while
 * node-llama-cpp computes aborts the process (docs/decisions/001-workers-are-drained-never-stopped.md).
 */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/models/**"],
    pool: "forks",
    // One more than there are cores: tests of the service wait most of the time.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    unstubEnvs: true,
  },
});
