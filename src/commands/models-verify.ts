import { Command } from "commander";
import { loadSettings } from "../config/server-config.ts";
import type { InstalledModel } from "../model/installed.ts";
import { expectedInstalled, pinAtFirstUse, readPin } from "../model/pin.ts";
import { checkWeights } from "../model/weights.ts";
import { ExitCode, messageOf } from "../shared/errors.ts";
import { nameOf, namedModels } from "./named-model.ts";
import { terminalProgress } from "./progress.ts";

export function modelsVerifyCommand(): Command {
  return new Command("verify")
    .description("check installed models against their SHA-256: the catalogue's, or that of the first use")
    .argument("[name]", "one model; all without it")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Examples:
  assistant models verify
  assistant models verify default

Exit code: 0 all are sound, 1 one is not, 2 usage or environment, 3 internal error.`,
    )
    .action(verify);
}

interface Verdict {
  name: string;
  path: string;
  sha256: string | null;
  sound: boolean;
  verdict: string;
}

async function verify(name: string | undefined, options: { json?: boolean }): Promise<void> {
  const models = await namedModels(name, loadSettings().home.models);
  const progress = terminalProgress(process.stderr);
  const verdicts: Verdict[] = [];
  for (const model of models) {
    progress(`reading ${nameOf(model)}`, verdicts.length, models.length);
    verdicts.push(await verdictOf(model));
  }
  progress("");
  process.exitCode = verdicts.every(({ sound }) => sound) ? ExitCode.fine : ExitCode.no;
  process.stdout.write(
    options.json
      ? `${JSON.stringify(verdicts)}\n`
      : verdicts.map((one) => `${one.name}: ${one.verdict}\n${one.sha256 ? `  sha256 ${one.sha256}\n` : ""}`).join(""),
  );
}

async function verdictOf(model: InstalledModel): Promise<Verdict> {
  const { path, entry } = model;
  const name = nameOf(model);
  try {
    const expected = await expectedInstalled(path, entry);
    const weights = await checkWeights(path, expected);
    await pinAtFirstUse(path, entry, weights);
    const pin = await readPin(path);
    const verdict = entry?.sha256
      ? "as in the catalogue"
      : expected.sha256
        ? `as it was on ${(pin?.at ?? "").slice(0, 10)}`
        : "nothing to compare with; written down for the next time";
    return { name, path, sha256: weights.sha256, sound: true, verdict };
  } catch (error) {
    return { name, path, sha256: null, sound: false, verdict: messageOf(error) };
  }
}
