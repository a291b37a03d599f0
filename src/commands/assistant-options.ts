import { writeFileSync } from "node:fs";
import { type Command } from "commander";
import type { AssistantServices } from "../api/assistant.ts";
import { loadSettings } from "../config/server-config.ts";
import { openLocalServices } from "../services.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";

/** What research, code and ask have in common. */
export interface AssistantOptions {
  context?: string[];
  repo: string;
  session?: string;
  out?: string;
  json?: boolean;
  model: boolean;
}

export function assistantOptions(command: Command): Command {
  return command
    .option(
      "--context <sources>",
      "further sources, with a share of the prompt of their own (may be repeated)",
      collectList,
    )
    .option("--repo <dir>", "the clone that is searched where no source is named", ".")
    .option("--session <name>", "go on with a conversation of this name")
    .option("--out <file>", "write the answer to a file as well")
    .option("--json", "print one JSON document, and nothing else, on standard output")
    .option("--no-model", "do without a model");
}

/** `a.engram,research/caching`; the option may stand several times. */
export function collectList(value: string, before: string[] = []): string[] {
  const names = value.split(",").map((name) => name.trim());
  return [...before, ...names.filter((name) => name !== "")];
}

/** Runs with the services of this machine. */
export async function withAssistant<T>(
  { model }: Pick<AssistantOptions, "model">,
  use: (services: AssistantServices) => Promise<T>,
): Promise<T> {
  const settings = loadSettings();
  const services = openLocalServices(settings, { models: model });
  try {
    return await use({ home: settings.home, models: services.models, engrams: services.engrams, past: services.past });
  } finally {
    await services.close();
  }
}

/** Errors: AssistantError `cannot-write-file`. */
export function writeOut(file: string | undefined, text: string): void {
  if (file === undefined) return;
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new AssistantError(`${file} cannot be written: ${messageOf(error)}`, {
      code: "cannot-write-file",
      remedy: "Name a file in a folder that is there and may be written to.",
      cause: error,
    });
  }
}
