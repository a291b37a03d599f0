import { defineConfig } from "vitest/config";

/**
 * The suite that needs a trained model: MODEL_PATH names a GGUF file, otherwise the installed default model is taken. One
 * after another, because two models at once would measure each other.
 */
export default defineConfig({
  test: {
    include: ["test/models/**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
