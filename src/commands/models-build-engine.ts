import { Command } from "commander";
import { buildEngine } from "../model/build-engine.ts";
import { interruptSignal } from "./interrupt.ts";
import { terminalProgress } from "./progress.ts";

interface BuildOptions {
  gpu?: boolean;
  json?: boolean;
}

export function modelsBuildEngineCommand(): Command {
  return new Command("build-engine")
    .description("compile llama.cpp for this very machine, which makes several threads worth having")
    .option("--gpu", "for the GPU at hand too, where its compiler is installed (CUDA, Vulkan)")
    .option("--json", "print {ok, seconds} as JSON, and nothing else, on standard output")
    .addHelpText(
      "after",
      `
Examples:
  assistant models build-engine           some ten minutes on two cores; no network is needed
  assistant models bench                  before and after: what it is worth here

The ready-made engine is without OpenMP. The source lies in node-llama-cpp's package; cmake and a C++ compiler are needed.
What is built is used from the next start on, until the next \`npm ci\`.
Exit code: 0 built, 2 usage or environment, 3 internal error.`,
    )
    .action(build);
}

async function build({ gpu, json }: BuildOptions): Promise<void> {
  const started = performance.now();
  const progress = terminalProgress(process.stderr);
  const onLine = (line: string): void => {
    const step = /^\[(\d+)\/(\d+)\]/.exec(line);
    if (step) progress("compiling llama.cpp", Number(step[1]), Number(step[2]));
  };
  await buildEngine({ gpu: gpu ? "auto" : false, onLine, signal: interruptSignal() });
  progress("");
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stdout.write(json ? `${JSON.stringify({ ok: true, seconds })}\n` : `llama.cpp was built in ${seconds} s.\n`);
}
