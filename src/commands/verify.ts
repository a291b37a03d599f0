import { Command } from "commander";
import { compareManifest, readManifest } from "../engram/manifest.ts";
import { verifyEngramFile } from "../engram/verify.ts";
import { oneLine } from "../publish/markdown/escape.ts";
import { ExitCode } from "../shared/errors.ts";
import { engramOption, jsonOption, lensOf, withEngram } from "./engram-options.ts";
import { counted } from "./format.ts";

export function verifyCommand(): Command {
  const command = new Command("verify").description("check an engram by its checksums, and its manifest");
  jsonOption(engramOption(command))
    .option("-m, --manifest <file>", "see that this manifest says the same, file by file")
    .addHelpText(
      "after",
      `
Example:
  assistant verify -e service.engram -m service-manifest.json

Exit code: 0 sound, 1 not, with each problem on a line; 2 usage or environment, 3 internal error.`,
    )
    .action(verify);
  return command;
}

async function verify(options: { engram: string; keyFile?: string; manifest?: string; json?: boolean }): Promise<void> {
  const lens = lensOf(options);
  const manifest = options.manifest === undefined ? null : readManifest(options.manifest, lens);
  const found = await verifyEngramFile(options.engram, { lens });
  // A manifest is compared with an engram that can be trusted.
  const differences =
    manifest === null || !found.ok ? [] : await withEngram(options, (engram) => compareManifest(manifest, engram));
  const problems = [...found.problems, ...differences];
  const ok = problems.length === 0;
  process.exitCode = ok ? ExitCode.fine : ExitCode.no;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ...found, ok, problems, manifest: options.manifest ?? null })}\n`);
    return;
  }
  const read = `${counted(found.files, "file")}, ${counted(found.chunks, "chunk")}`;
  const verdict = ok
    ? `sound${manifest === null ? "" : ", as its manifest says"}`
    : counted(problems.length, "problem");
  process.stdout.write(problems.map((problem) => `${oneLine(problem)}\n`).join(""));
  process.stdout.write(`${options.engram}: ${verdict} (${read})\n`);
}
