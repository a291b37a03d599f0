import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { catalogue, catalogueEntry, defaultModelName } from "../../../src/model/catalogue.ts";
import { modelDoctor } from "../../../src/model/doctor.ts";
import { gpuInstallCommand } from "../../../src/model/gpu-binaries.ts";
import { type Measurement, measurementsHere, saveMeasurement, wasBusy } from "../../../src/model/measurements.ts";
import { estimateModels, memoryOf, recommendModel, reviewWorkload } from "../../../src/model/recommend.ts";
import { estimateSpeed, type Speed } from "../../../src/model/speed-law.ts";

/** Figures of two cores (docs/models.md): tokens a second, reading and writing with one thread. */
const trained = [
  shape("SmolLM2 135M Q4_1", 134.5e6, 98e6, 107, 43),
  shape("Gemma 3 270M Q4_K_M", 268e6, 253e6, 150, 33),
  shape("shape of Qwen2.5 0.5B", 494e6, 358e6, 175, 43.5),
  shape("shape of Qwen2.5 1.5B", 1_780e6, 1_000e6, 47, 16.1),
];

function shape(name: string, parameters: number, bytes: number, read: number, written: number) {
  const speed = { readTokensPerSecond: read, writtenTokensPerSecond: written };
  return { name, parameters, activeParameters: parameters, bytes, ...speed };
}

describe("estimateSpeed", () => {
  it("tells each measured model from each other one, within the factor that it names", () => {
    for (const model of trained) {
      for (const reference of trained) {
        const estimate = estimateSpeed(model, [reference]);
        const off = (kind: keyof Speed) => Math.exp(Math.abs(Math.log(estimate[kind] / model[kind])));
        expect(off("readTokensPerSecond")).toBeLessThan(estimate.factor);
        expect(off("writtenTokensPerSecond")).toBeLessThan(estimate.factor);
      }
    }
  });

  it("is nearer to the truth for a larger model than in proportion to the size", () => {
    const [smol, , , large] = trained;
    if (!smol || !large) throw new Error("no figures");
    const { readTokensPerSecond } = estimateSpeed(large, [smol]);
    const proportional = smol.readTokensPerSecond * (smol.parameters / large.parameters);
    expect(large.readTokensPerSecond / proportional).toBeGreaterThan(4);
    expect(large.readTokensPerSecond / readTokensPerSecond).toBeLessThan(1.3);
  });

  it("goes by the nearest of several", () => {
    const model = { parameters: 1_544e6, activeParameters: 1_544e6, bytes: 1_120e6 };
    const both = estimateSpeed(model, [
      shape("small", 494e6, 358e6, 1_750, 435),
      shape("near", 1_780e6, 1_000e6, 47, 16),
    ]);
    expect(both.readTokensPerSecond).toBeGreaterThan(47);
    expect(both.readTokensPerSecond).toBeLessThan(120);
    expect(both.factor).toBe(1.5);
  });

  it("is hardly sure of anything by a toy", () => {
    expect(estimateSpeed(shape("model", 1e9, 6e8, 0, 0), [shape("toy", 1e6, 1e6, 30_000, 3_000)]).factor).toBe(10);
  });

  it("counts of a mixture what a token goes through, and is less sure", () => {
    const mixture = { parameters: 30e9, activeParameters: 3e9, bytes: 18e9 };
    const dense = { parameters: 3e9, activeParameters: 3e9, bytes: 1.8e9 };
    const reference = [shape("dense", 1_780e6, 1_000e6, 47, 16)];
    expect(estimateSpeed(mixture, reference)).toEqual({ ...estimateSpeed(dense, reference), factor: 3 });
  });
});

function measured(speedUp: number, name: string = defaultModelName): Measurement {
  const { parameters, activeParameters, bytes } = catalogueEntry(name);
  return {
    name,
    sha256: "0".repeat(64),
    bytes,
    parameters,
    activeParameters,
    machine: { processor: "test", cores: 2, gpu: false },
    at: "2026-01-01T00:00:00Z",
    loadBefore: 0,
    loadMs: 1,
    firstTokenMs: 1,
    memoryBytes: null,
    requests: [
      { atOnce: 1, readTokensPerSecond: 200 * speedUp, writtenTokensPerSecond: 40 * speedUp },
      { atOnce: 4, readTokensPerSecond: 200 * speedUp, writtenTokensPerSecond: 80 * speedUp },
    ],
  };
}

describe("estimateModels", () => {
  it("takes a measured model as it was measured, at the best number of requests at once", () => {
    const [same] = estimateModels([catalogueEntry(defaultModelName)], { totalBytes: 8e9, gpus: [] }, [measured(1)]);
    const { tiles, promptTokens, answerTokens } = reviewWorkload;
    expect(same?.minutesPerPullRequest).toBeCloseTo((tiles * (promptTokens / 200 + answerTokens / 80)) / 60, 5);
    expect(same?.factor).toBe(1);
  });

  it("lets every measured model correct the estimates of the others", () => {
    const estimate = (...models: Measurement[]) =>
      estimateModels([catalogueEntry("qwen2.5-coder-1.5b-instruct-q4_k_m")], { totalBytes: 8e9, gpus: [] }, models)[0];
    const alone = estimate(measured(1));
    const better = estimate(measured(1), measured(1, "qwen2.5-coder-3b-instruct-q4_k_m"));
    expect(alone?.factor).toBe(2);
    expect(better?.factor).toBe(1.5);
    expect(better?.minutesPerPullRequest).toBeLessThan(alone?.minutesPerPullRequest ?? 0);
  });

  it("recommends the largest model that fits, ends in time and can be asked", () => {
    const names = (totalBytes: number, speedUp: number) => {
      const estimates = estimateModels(catalogue, { totalBytes, gpus: [] }, [measured(speedUp)]);
      return [recommendModel(estimates, "coding"), recommendModel(estimates, "research")].map((one) => one?.entry.name);
    };
    expect(names(8e9, 1)).toEqual(["granite-3.3-2b-instruct-q4_k_m", "gemma-2-2b-it-q4_k_m"]);
    expect(names(8e9, 100)[0]).toMatch(/^(granite-3\.3-8b|qwen3-8b)/);
    expect(names(4e8, 100)).toEqual([undefined, undefined]);
    const kinds = estimateModels(catalogue, { totalBytes: 1e12, gpus: [] }, [measured(1e6)]);
    expect(kinds.some(({ entry, usable }) => usable && entry.kind === "base")).toBe(true);
    // What must not earn money is nobody's default.
    expect(names(8e9, 2)[0]).not.toBe("qwen2.5-coder-3b-instruct-q4_k_m");
    const bases = kinds.filter(({ entry }) => entry.kind === "base");
    expect(recommendModel(bases, "coding")).toBeNull();
  });
});

describe("memoryOf", () => {
  it("counts the memory of a GPU", () => {
    const large = catalogueEntry("qwen2.5-coder-14b-instruct-q4_k_m");
    expect(memoryOf(large, { totalBytes: 8e9, gpus: [] }).fits).toBe(false);
    const gpus = [{ name: "test", totalBytes: 12e9, freeBytes: 12e9 }];
    expect(memoryOf(large, { totalBytes: 8e9, gpus }).fits).toBe(true);
  });
});

describe("wasBusy", () => {
  it("says when other work was measured too", () => {
    expect(wasBusy({ ...measured(1), loadBefore: 0.9 })).toBe(false);
    expect(wasBusy({ ...measured(1), loadBefore: 1.1 })).toBe(true);
    expect(wasBusy({ ...measured(1), loadBefore: null })).toBe(false);
  });
});

describe("measurements", () => {
  it("are kept by file and machine, the newest first", async () => {
    const folder = mkdtempSync(join(tmpdir(), "measurements-"));
    const here = { processor: "test", cores: 2 };
    expect(await measurementsHere(folder, here, false)).toEqual([]);
    await saveMeasurement(folder, measured(1));
    await saveMeasurement(folder, { ...measured(1, "gemma-3-270m-q4_k_m"), sha256: "1".repeat(64) });
    await saveMeasurement(folder, { ...measured(3), machine: { processor: "other", cores: 64, gpu: false } });
    await saveMeasurement(folder, measured(2));
    const found = await measurementsHere(folder, here, false);
    expect(found.map(({ name }) => name)).toEqual([defaultModelName, "gemma-3-270m-q4_k_m"]);
    expect(found[0]).toEqual(measured(2));
    expect(await measurementsHere(folder, here, true)).toEqual([]);
    writeFileSync(join(folder, "measured.json"), "[{}]");
    expect(await measurementsHere(folder, here, false)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

describe("catalogue", () => {
  it("has one entry a name, each with a source; only what was tried is checked", () => {
    const names = catalogue.map((entry) => entry.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names[0]).toBe(defaultModelName);
    for (const entry of catalogue) {
      expect(entry.sources.length).toBeGreaterThan(0);
      expect(entry.sources.every(({ kind, checked }) => checked === (kind !== "hub"))).toBe(true);
      expect(entry.name.endsWith(`-${entry.quantisation}`)).toBe(true);
    }
  });

  it("spans both roles from tiny to 32B", () => {
    for (const role of ["coding", "research"] as const) {
      const sizes = catalogue.filter(({ roles }) => roles.includes(role)).map(({ parameters }) => parameters / 1e9);
      expect(Math.min(...sizes)).toBeLessThan(0.2);
      for (const size of [0.5, 1.5, 3, 7, 14, 32]) {
        expect(sizes.some((one) => Math.abs(one / size - 1) < 0.15)).toBe(true);
      }
    }
  });

  it("has plausible figures: sizes as the quantisation makes them, caches as published", () => {
    for (const { name, bytes, parameters, activeParameters, quantisation, kvBytesPerToken } of catalogue) {
      const bits = (bytes * 8) / parameters;
      // Models with large vocabularies keep them at more bits; half of an encoder is its vocabulary, at 32.
      const [least, most] = quantisation === "f16" ? [16, 32] : quantisation === "q8_0" ? [8, 11] : [4.4, 8];
      expect({ name, bits, fine: bits > least && bits < most }).toEqual({ name, bits, fine: true });
      expect(activeParameters).toBeLessThanOrEqual(parameters);
      expect(kvBytesPerToken ?? 1_024).toBeGreaterThanOrEqual(1_024);
    }
    const cache = (name: string) => catalogueEntry(name).kvBytesPerToken;
    expect(cache(defaultModelName)).toBe(23_040);
    expect(cache("qwen2.5-coder-7b-instruct-q4_k_m")).toBe(57_344);
    expect(cache("llama-3.1-8b-instruct-q4_k_m")).toBe(131_072);
    expect(cache("deepseek-coder-v2-lite-instruct-q4_k_m")).toBeNull();
  });

  it("asks for consent where a licence binds its user", () => {
    const asking = catalogue.filter(({ licence }) => licence.asksConsent).map(({ name }) => name);
    for (const begin of ["gemma", "llama", "codellama", "deepseek", "starcoder2", "codestral", "qwen2.5-coder-3b"]) {
      expect(catalogue.filter(({ name }) => name.startsWith(begin)).every(({ name }) => asking.includes(name))).toBe(
        true,
      );
    }
    expect(asking).not.toContain(defaultModelName);
    expect(catalogueEntry("qwen2.5-coder-3b-instruct-q4_k_m").licence.commercial).toBe(false);
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
