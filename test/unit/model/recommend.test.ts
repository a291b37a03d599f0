import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue, catalogueEntry, defaultModelName } from "../../../src/model/catalogue.ts";
import { gpuInstallCommand, modelDoctor } from "../../../src/model/doctor.ts";
import { prefillThreads } from "../../../src/model/prefill-threads.ts";
import { estimateModels, recommendModel, reviewWorkload } from "../../../src/model/recommend.ts";

const reference = { parameters: 134.5e6, bytes: 98.4e6, prefillTokensPerSecond: 200, generationTokensPerSecond: 50 };

describe("estimateModels", () => {
  it("scales time with parameters and bytes", () => {
    const [same] = estimateModels([catalogueEntry(defaultModelName)], { totalBytes: 8e9 }, reference);
    const { tiles, promptTokens, answerTokens } = reviewWorkload;
    expect(same?.minutesPerPullRequest).toBeCloseTo((tiles * (promptTokens / 200 + answerTokens / 50)) / 60, 2);
    const [, half] = estimateModels(catalogue, { totalBytes: 8e9 }, reference);
    const [, fast] = estimateModels(
      catalogue,
      { totalBytes: 8e9 },
      {
        ...reference,
        prefillTokensPerSecond: 2_000,
        generationTokensPerSecond: 500,
      },
    );
    expect((half?.minutesPerPullRequest ?? 0) / (fast?.minutesPerPullRequest ?? 0)).toBeCloseTo(10, 5);
  });

  it("recommends the largest model that fits and ends in time", () => {
    const names = (totalBytes: number, speedUp: number) => {
      const fast = {
        ...reference,
        prefillTokensPerSecond: 200 * speedUp,
        generationTokensPerSecond: 50 * speedUp,
      };
      const estimates = estimateModels(catalogue, { totalBytes }, fast);
      return [recommendModel(estimates, "coding"), recommendModel(estimates, "research")].map((one) => one?.entry.name);
    };
    expect(names(8e9, 1)).toEqual([defaultModelName, defaultModelName]);
    expect(names(8e9, 100)).toEqual(["qwen2.5-coder-7b-instruct-q4_k_m", "qwen2.5-7b-instruct-q4_k_m"]);
    expect(names(4e9, 100)).toEqual(["qwen2.5-coder-3b-instruct-q4_k_m", "llama-3.2-3b-instruct-q4_k_m"]);
    expect(names(4e8, 100)).toEqual([undefined, undefined]);
  });
});

describe("catalogue", () => {
  it("has one entry a name, each with a source, lower-case as files are named", () => {
    const names = catalogue.map((entry) => entry.name);
    expect(new Set(names).size).toBe(names.length);
    for (const entry of catalogue) {
      expect(entry.name).toBe(entry.name.toLowerCase());
      expect(entry.sources.length).toBeGreaterThan(0);
      expect(entry.sha256 ?? "0".repeat(64)).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});

describe("prefillThreads", () => {
  it("tries both, keeps the faster, and looks at the other one now and then", () => {
    const threads = prefillThreads(8);
    const chosen: number[] = [];
    // A busy machine: all cores are slow until the tenth slice, then it is quiet.
    for (let slice = 1; slice <= 40; slice++) {
      const next = threads.next();
      chosen.push(next);
      threads.record(next, 128, next === 1 ? 100 : slice > 10 ? 20 : 1_000);
    }
    expect(chosen.slice(0, 3)).toEqual([8, 1, 1]);
    expect(chosen.slice(2, 15)).toEqual(Array(13).fill(1));
    expect(chosen.slice(15, 31)).toEqual(Array(16).fill(8));
    expect(chosen[31]).toBe(1);
    expect(chosen.slice(32)).toEqual(Array(8).fill(8));
  });

  it("has no choice on one core", () => {
    const threads = prefillThreads(1);
    expect([threads.next(), threads.next(), threads.next()]).toEqual([1, 1, 1]);
  });
});

describe("doctor", () => {
  it("has a row for each tool, the machine, the models and the GPU", async () => {
    const rows = await modelDoctor("/nowhere");
    expect(rows.map((row) => row.name)).toEqual([
      "Node.js",
      "git",
      "python3",
      "C++ compiler",
      "machine",
      "models",
      "GPU",
    ]);
    expect(rows.find((row) => row.name === "models")).toMatchObject({ state: "note", value: "none installed" });
    expect(rows.find((row) => row.name === "git")).toMatchObject({ state: "ok", remedy: null });
  });

  it("adds GPU binaries where node-llama-cpp imports them, in the installed version", () => {
    const command = gpuInstallCommand("nvidia");
    expect(command).toMatch(/@node-llama-cpp\/\S+-cuda@\d+\.\d+\.\d+ @node-llama-cpp\/\S+-cuda-ext@\d+\.\d+\.\d+$/);
    expect(command).toContain("--no-save");
    expect(existsSync(/--prefix (\S+)/.exec(command)?.[1] ?? "")).toBe(true);
  });
});
