import { rm } from "node:fs/promises";
import { Command } from "commander";
import { loadSettings } from "../config/server-config.ts";
import { removePin } from "../model/pin.ts";
import { formatBytes } from "./format.ts";
import { nameOf, namedModels } from "./named-model.ts";

export function modelsRemoveCommand(): Command {
  return new Command("remove")
    .description("delete an installed model and what was written down of it")
    .argument("<name>", "a name from the list")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
A process that has the model loaded keeps it until it ends.

Example:
  assistant models remove qwen2.5-coder-7b-instruct-q4_k_m

Exit code: 0 removed, 2 usage or environment, 3 internal error.`,
    )
    .action(remove);
}

async function remove(name: string, options: { json?: boolean }): Promise<void> {
  for (const model of await namedModels(name, loadSettings().home.models)) {
    await rm(model.path);
    await removePin(model.path);
    const removed = { name: nameOf(model), path: model.path, bytes: model.bytes };
    process.stdout.write(
      options.json
        ? `${JSON.stringify(removed)}\n`
        : `removed ${removed.path}: ${formatBytes(removed.bytes)} are free again\n`,
    );
  }
}
