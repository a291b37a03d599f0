import { loadSettings } from "../config/server-config.ts";
import { installedGpuBackends } from "../model/gpu-binaries.ts";
import type { InstalledModel } from "../model/installed.ts";
import { llamaOptionsOf } from "../model/local-file.ts";
import { machineFacts, type MachineFacts } from "../model/machine.ts";
import { measureModel } from "../model/measure.ts";
import { type Measurement, saveMeasurement } from "../model/measurements.ts";
import { terminalProgress } from "./progress.ts";

/** This machine as the configuration uses it. */
export interface Here {
  modelsDir: string;
  machine: MachineFacts;
  /** Whether a GPU computes. */
  gpu: boolean;
}

export async function machineHere(): Promise<Here> {
  const { home, models } = loadSettings();
  const machine = await machineFacts();
  const gpu = models.llama.gpu !== false && machine.gpu !== null && installedGpuBackends().length > 0;
  return { modelsDir: home.models, machine, gpu };
}

/** Times one installed model with the configured options, shows how far it is, and keeps the figures. */
export async function measureHere(
  installed: InstalledModel,
  name: string,
  { modelsDir, machine, gpu }: Here,
  options: { atOnce: readonly number[]; signal: AbortSignal },
): Promise<Measurement> {
  const progress = terminalProgress(process.stderr);
  const llama = llamaOptionsOf(loadSettings().models.llama, []);
  try {
    const measurement = await measureModel(installed, {
      machine,
      gpu,
      llama,
      ...options,
      onStep: (step, done, total) => progress(`timing ${name}: ${step}`, done, total),
    });
    await saveMeasurement(modelsDir, measurement);
    return measurement;
  } finally {
    progress("");
  }
}
