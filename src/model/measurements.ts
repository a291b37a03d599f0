import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { MachineFacts } from "./machine.ts";

const measurementSchema = z.object({
  name: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  parameters: z.number(),
  activeParameters: z.number(),
  /** What it was measured on: figures of another machine say nothing here. */
  machine: z.object({ processor: z.string(), cores: z.number(), gpu: z.boolean() }),
  /** ISO 8601. */
  at: z.string(),
  /** Processes that wanted a core on average in the minute before; null where the system does not tell. */
  loadBefore: z.number().nullable(),
  loadMs: z.number(),
  /** From a short question to the first piece of its answer; null where it answered in one piece. */
  firstTokenMs: z.number().nullable(),
  /** What the loaded model took beyond what the process had, shared pages by halves (PSS); null where the system does not tell. */
  memoryBytes: z.number().nullable(),
  requests: z.array(
    z.object({
      /** Requests at the same time. */
      atOnce: z.number(),
      /** Of all of them together. */
      readTokensPerSecond: z.number(),
      writtenTokensPerSecond: z.number(),
    }),
  ),
});

/** What `assistant models bench` found about one model. */
export type Measurement = z.infer<typeof measurementSchema>;

const fileName = "measured.json";

/**
 * Those of this machine, with or without its GPU, newest first; none where nothing was measured or the file cannot be read:
 * it is measured again.
 */
export async function measurementsHere(
  modelsDir: string,
  { processor, cores }: Pick<MachineFacts, "processor" | "cores">,
  gpu: boolean,
): Promise<Measurement[]> {
  const all = await readAll(modelsDir);
  return all.filter(({ machine }) => machine.processor === processor && machine.cores === cores && machine.gpu === gpu);
}

/** Keeps a measurement; an older one of the same name and machine goes. */
export async function saveMeasurement(modelsDir: string, measurement: Measurement): Promise<void> {
  const key = ({ name, machine }: Measurement) => JSON.stringify([name, machine]);
  const others = (await readAll(modelsDir)).filter((one) => key(one) !== key(measurement));
  const path = join(modelsDir, fileName);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.partial`, `${JSON.stringify([measurement, ...others], null, 2)}\n`);
  await rename(`${path}.partial`, path);
}

async function readAll(modelsDir: string): Promise<Measurement[]> {
  try {
    return z.array(measurementSchema).parse(JSON.parse(await readFile(join(modelsDir, fileName), "utf8")));
  } catch {
    return [];
  }
}

/** Whether so much else was computing that the figures say little of the machine. */
export function wasBusy({ loadBefore, machine }: Pick<Measurement, "loadBefore" | "machine">): boolean {
  return loadBefore !== null && loadBefore > machine.cores / 2;
}
