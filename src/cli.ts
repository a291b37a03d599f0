import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { doctorCommand } from "./commands/doctor.ts";
import { interruptExitCode } from "./commands/interrupt.ts";
import { modelsCommand } from "./commands/models.ts";
import { reviewCommand } from "./commands/review.ts";
import { serveCommand } from "./commands/serve.ts";
import { triageCommand } from "./commands/triage.ts";
import { AssistantError, ExitCode, messageOf } from "./shared/errors.ts";
import { GitError } from "./shared/git.ts";

/** The command line: reads the verb, runs it, turns what was thrown into one line and an exit code. No logic here. */
export async function main(argv: string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosedPipe);
  const program = new Command("assistant")
    .description("Code-review and issue assistant that runs entirely on your own machines.")
    .option("--verbose", "with an error, print its stack trace")
    .version(packageVersion())
    .addHelpText("after", examples);
  for (const command of [reviewCommand(), triageCommand(), serveCommand(), modelsCommand(), doctorCommand()]) {
    program.addCommand(command);
  }
  setUp(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error, program.opts<{ verbose?: boolean }>().verbose ?? false);
  }
}

const examples = `
Examples:
  assistant review                        review the branch you are on
  assistant triage --text "Crash when …"  find the code that an issue is about
  assistant models pull                   install the default model (everything works without one)
  assistant doctor                        see what is missing on this machine

From a clone of the assistant's own repository: npm run -s assistant -- review --repo DIR

Exit code: 0 fine, 1 the answer is "no" (findings, something missing), 2 usage or environment, 3 internal error.`;

function packageVersion(): string {
  const file = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}

/** `assistant review | head -1`: a reader who has seen enough is no error. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

/** Settings that commands which were built apart do not inherit. */
function setUp(command: Command): void {
  command.exitOverride();
  command.configureOutput({ outputError: (text, write) => write(usageError(text, command)) });
  for (const child of command.commands) setUp(child);
}

/** Commander's complaint on one line, as ours: the cause, then what was meant or where to look it up. */
function usageError(text: string, command: Command): string {
  const [cause = "", hint] = text.trim().split("\n");
  const remedy = hint?.replace(/^\((.*)\)$/, "$1") ?? `See ${fullName(command)} --help.`;
  return `${sentence(cause)} ${remedy}\n`;
}

function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}

function report(error: unknown, verbose: boolean): number {
  // What fails after Ctrl-C failed because of it; the person knows.
  const interrupted = interruptExitCode();
  if (interrupted !== null) return interrupted;
  // Commander has printed its own message already; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.fine : ExitCode.usage;
  const { text, exitCode } = explain(error);
  process.stderr.write(`${text}\n`);
  if (verbose && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
  return exitCode;
}

function explain(error: unknown): { text: string; exitCode: number } {
  if (error instanceof AssistantError) {
    return { text: `error: ${sentence(error.message)} ${error.remedy}`, exitCode: error.exitCode };
  }
  const message = sentence(messageOf(error));
  if (error instanceof GitError) {
    return { text: `error: ${message} See whether the repository is sound: git fsck.`, exitCode: ExitCode.usage };
  }
  return {
    text: `internal error: ${message} This is a bug; run again with --verbose and report what it prints.`,
    exitCode: ExitCode.internal,
  };
}

/** On one line, with an end. */
function sentence(text: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, " ");
  return /[.?!]$/.test(line) ? line : `${line}.`;
}
