import { Command } from "commander";
import { type Measurement, wasBusy } from "../model/measurements.ts";
import { formatBytes, table } from "./format.ts";
import { interruptSignal } from "./interrupt.ts";
import { machineHere, measureHere } from "./measure-here.ts";
import { nameOf, namedModels } from "./named-model.ts";

/** Requests at once: what one asker sees, and what a review does. */
const atOnce = [1, 2, 4] as const;

export function modelsBenchCommand(): Command {
  return new Command("bench")
    .description("time installed models on this machine; `recommend` goes by what is found")
    .argument("[name]", "one model; all without it")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Reads and writes with one, two and four requests at once. With 135M parameters on two quiet cores it takes about half a
minute; time grows with the size. Figures of a machine that has other work are figures of that other work.

Examples:
  assistant models bench
  assistant models bench default --json

Exit code: 0 fine, 2 usage or environment, 3 internal error.`,
    )
    .action(bench);
}

async function bench(name: string | undefined, options: { json?: boolean }): Promise<void> {
  const here = await machineHere();
  const found = await namedModels(name, here.modelsDir);
  // Encoders write nothing that could be timed.
  const models = found.filter(({ entry }) => name !== undefined || entry?.kind !== "encoder");
  const signal = interruptSignal();
  const measured: Measurement[] = [];
  for (const model of models) {
    const measurement = await measureHere(model, nameOf(model), here, { atOnce, signal });
    measured.push(measurement);
    if (!options.json) process.stdout.write(render(measurement));
  }
  if (options.json) process.stdout.write(`${JSON.stringify(measured)}\n`);
}

function render(found: Measurement): string {
  const { name, loadMs, firstTokenMs, memoryBytes, requests, machine } = found;
  const facts = [
    `loaded in ${seconds(loadMs)}`,
    ...(firstTokenMs === null ? [] : [`first token after ${seconds(firstTokenMs)}`]),
    ...(memoryBytes === null ? [] : [`${formatBytes(memoryBytes)} of memory`]),
    machine.gpu ? "with a GPU" : `${machine.cores} cores`,
  ];
  const rows = requests.map((one) => [
    String(one.atOnce),
    one.readTokensPerSecond.toFixed(0),
    one.writtenTokensPerSecond.toFixed(1),
  ]);
  const figures = table([["requests at once", "tokens/s read", "tokens/s written"], ...rows]);
  const busy = wasBusy(found) ? "This machine had other work: on a quiet one it is faster.\n" : "";
  return `${name}: ${facts.join(", ")}\n${figures}${busy}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
