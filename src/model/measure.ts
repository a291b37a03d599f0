import { loadavg } from "node:os";
import { basename } from "node:path";
import { benchRequests, firstTokenMs, processBytes } from "./bench-requests.ts";
import type { InstalledModel } from "./installed.ts";
import { loadLlamaModel } from "./llama-model.ts";
import type { LlamaOptions } from "./llama-options.ts";
import type { MachineFacts } from "./machine.ts";
import type { Measurement } from "./measurements.ts";
import { expectedInstalled, pinAtFirstUse } from "./pin.ts";

export interface MeasureOptions {
  machine: Pick<MachineFacts, "processor" | "cores">;
  /** Whether a GPU computes with these options. */
  gpu: boolean;
  llama: Partial<LlamaOptions>;
  /** Numbers of requests at once; the first of them is done first. */
  atOnce: readonly number[];
  onStep?: (step: string, done: number, total: number) => void;
  signal?: AbortSignal;
}

/**
 * Loads an installed model, times it and closes it. With 135M parameters on two quiet cores it takes about half a minute;
 * time grows with the size. Errors: those of loading; the signal's reason.
 */
export async function measureModel(installed: InstalledModel, options: MeasureOptions): Promise<Measurement> {
  const { machine, gpu, atOnce, onStep = () => {}, signal } = options;
  const { path, entry } = installed;
  const name = entry?.name ?? basename(path, ".gguf");
  const total = atOnce.length + 1;
  onStep("loading", 0, total);
  const [load = 0] = loadavg();
  const before = await processBytes();
  const model = await loadLlamaModel({
    path,
    name,
    expected: await expectedInstalled(path, entry),
    options: options.llama,
  });
  try {
    await pinAtFirstUse(path, entry, model.weights);
    const bench = { chat: entry?.kind !== "base", signal };
    const first = await firstTokenMs(model, bench);
    const requests: Measurement["requests"] = [];
    for (const [index, count] of atOnce.entries()) {
      onStep(count === 1 ? "one request" : `${count} requests at once`, index + 1, total);
      requests.push(await benchRequests(model, count, bench));
    }
    const after = await processBytes();
    // A file that the catalogue does not know says only how large it is; the usual quantisation has 4.85 bits a parameter.
    const parameters = entry?.parameters ?? (installed.bytes * 8) / 4.85;
    return {
      name,
      sha256: model.weights.sha256,
      bytes: installed.bytes,
      parameters,
      activeParameters: entry?.activeParameters ?? parameters,
      machine: { processor: machine.processor, cores: machine.cores, gpu },
      at: new Date().toISOString(),
      // Windows knows no such figure.
      loadBefore: process.platform === "win32" ? null : load,
      loadMs: model.loadMs,
      firstTokenMs: first,
      memoryBytes: before === null || after === null ? null : after - before,
      requests,
    };
  } finally {
    await model.close();
  }
}
