import { Command, CommanderError } from "commander";
import { doctorCommand } from "./commands/doctor.ts";
import { modelsCommand } from "./commands/models.ts";
import { reviewCommand } from "./commands/review.ts";
import { serveCommand } from "./commands/serve.ts";
import { triageCommand } from "./commands/triage.ts";
import { AssistantError, ExitCode, messageOf } from "./shared/errors.ts";

/** The command line: reads the verb, runs it, turns what was thrown into one line and an exit code. No logic here. */
export async function main(argv: string[]): Promise<void> {
  const program = new Command("assistant")
    .description("Code-review and issue assistant that runs entirely on your own machines.")
    .option("--verbose", "show stack traces and debug logs")
    .showHelpAfterError("(assistant help lists the commands)")
    .exitOverride();
  for (const command of [reviewCommand(), triageCommand(), serveCommand(), modelsCommand(), doctorCommand()]) {
    program.addCommand(inheritExit(command));
  }
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error, program.opts<{ verbose?: boolean }>().verbose ?? false);
  }
}

/** exitOverride is not inherited by commands that were built apart. */
function inheritExit(command: Command): Command {
  command.exitOverride();
  for (const child of command.commands) inheritExit(child);
  return command;
}

function report(error: unknown, verbose: boolean): number {
  // Commander has printed its own message already; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.fine : ExitCode.usage;
  const known = error instanceof AssistantError;
  const text = known
    ? `error: ${error.message}. ${error.remedy}`
    : `internal error: ${messageOf(error)}. This is a bug; run again with --verbose and report what it prints.`;
  process.stderr.write(`${text}\n`);
  if (verbose && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
  return known ? error.exitCode : ExitCode.internal;
}
