import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { layOutHelp } from "./commands/help-text.ts";
import { interruptExitCode } from "./commands/interrupt.ts";
import { AssistantError, ExitCode, messageOf } from "./shared/errors.ts";
import { GitError } from "./shared/git.ts";

/** The command line: reads the verb, runs it, turns what was thrown into one line and an exit code. No logic here. */
export async function main(typed: readonly string[]): Promise<void> {
  const argv = askPlainly(typed);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosedPipe);
  const program = new Command("assistant")
    .description("Code-review and issue assistant that runs entirely on your own machines.")
    .option("--verbose", "with an error, print its stack trace")
    .version(packageVersion())
    .addHelpText("after", examples)
    .commandsGroup("This machine:")
    .helpCommand("help [command]", "say what a command does")
    // Verbs with -v have --verbose of their own; the word after a verb means both.
    .hook("preAction", (top, verb) => {
      if (top.opts<{ verbose?: boolean }>().verbose) verb.setOptionValue("verbose", true);
    });
  for (const command of await loadVerbs(argv)) program.addCommand(command);
  program.command("version", { hidden: true }).action(() => console.log(packageVersion()));
  setUp(program);
  layOutHelp(program, process.stdout, process.stderr);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error, program.opts<{ verbose?: boolean }>().verbose ?? false);
  }
}

type Loader = () => Promise<Command>;

/** Every verb under its heading in the help. Loaded on demand: a search takes less time than all of them take to load. */
const verbs: Record<string, Record<string, Loader>> = {
  "Reviews and issues:": {
    review: async () => (await import("./commands/review.ts")).reviewCommand(),
    triage: async () => (await import("./commands/triage.ts")).triageCommand(),
    backfill: async () => (await import("./commands/backfill.ts")).backfillCommand(),
    implement: async () => (await import("./commands/implement.ts")).implementCommand(),
    replay: async () => (await import("./commands/replay.ts")).replayCommand(),
    setup: async () => (await import("./commands/setup.ts")).setupCommand(),
    serve: async () => (await import("./commands/serve.ts")).serveCommand(),
    switch: async () => (await import("./commands/switch.ts")).switchCommand(),
    action: async () => (await import("./commands/action.ts")).actionCommand(),
  },
  "Evidence:": {
    locate: async () => (await import("./commands/locate.ts")).locateCommand(),
    related: async () => (await import("./commands/related.ts")).relatedCommand(),
    similar: async () => (await import("./commands/similar.ts")).similarCommand(),
    explain: async () => (await import("./commands/explain.ts")).explainCommand(),
    "explain-evidence": async () => (await import("./commands/explain-evidence.ts")).explainEvidenceCommand(),
  },
  "Research and code:": {
    research: async () => (await import("./commands/research.ts")).researchCommand(),
    code: async () => (await import("./commands/code.ts")).codeCommand(),
    ask: async () => (await import("./commands/ask.ts")).askCommand(),
    api: async () => (await import("./commands/api.ts")).apiCommand(),
  },
  "Engrams:": {
    ingest: async () => (await import("./commands/ingest.ts")).ingestCommand(),
    update: async () => (await import("./commands/update.ts")).updateCommand(),
    extract: async () => (await import("./commands/extract.ts")).extractCommand(),
    query: async () => (await import("./commands/query.ts")).queryCommand(),
    diff: async () => (await import("./commands/diff.ts")).diffCommand(),
    list: async () => (await import("./commands/list.ts")).listCommand(),
    info: async () => (await import("./commands/info.ts")).infoCommand(),
    verify: async () => (await import("./commands/verify.ts")).verifyCommand(),
    import: async () => (await import("./commands/import.ts")).importCommand(),
    knowledge: async () => (await import("./commands/knowledge.ts")).knowledgeCommand(),
  },
  "This machine:": {
    models: async () => (await import("./commands/models.ts")).modelsCommand(),
    dataset: async () => (await import("./commands/dataset.ts")).datasetCommand(),
    doctor: async () => (await import("./commands/doctor.ts")).doctorCommand(),
    completion: async () => (await import("./commands/completion.ts")).completionCommand(),
  },
};

/**
 * `help models pull` is `models pull --help`. A verb that there is not is complained of, whatever else is asked: commander
 * would print the help of all.
 */
function askPlainly([node = "", file = "", ...typed]: readonly string[]): string[] {
  const isHelp = typed[0] === "help" && typed.length > 1;
  const asked = isHelp ? [...typed.slice(1), "--help"] : typed;
  const verb = asked.find((argument) => !argument.startsWith("-"));
  const isKnown =
    verb === undefined || ["help", "version"].includes(verb) || Object.values(verbs).some((group) => verb in group);
  return [node, file, ...(isKnown ? asked : asked.filter((argument) => argument !== "--help" && argument !== "-h"))];
}

/** The verb that is called; all of them where it is none, for the help and for "did you mean", or where all are completed. */
async function loadVerbs(argv: readonly string[]): Promise<Command[]> {
  const called = argv.slice(2).find((argument) => !argument.startsWith("-"));
  const all = Object.entries(verbs).flatMap(([heading, loaders]) =>
    Object.entries(loaders).map(([name, load]) => ({ heading, name, load })),
  );
  const wanted = all.filter(({ name }) => name === called);
  const chosen = wanted.length > 0 && called !== "completion" ? wanted : all;
  return Promise.all(chosen.map(async ({ heading, load }) => (await load()).helpGroup(heading)));
}

const examples = `
Examples:
  assistant review                        review the branch you are on
  assistant triage --text "Crash when …"  find the code that an issue is about
  assistant locate "Crash when …"         files, functions and lines that a text is about
  assistant ingest -i . -e my.engram      remember a folder; then ask: assistant query -e my.engram --text "…"
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
  command.configureOutput({ outputError: (text) => process.stderr.write(usageError(text, command)) });
  for (const child of command.commands) setUp(child);
}

/** Commander's complaint on one line, as ours: the cause, then what was meant or where to look it up. */
function usageError(text: string, command: Command): string {
  const [cause = "", hint] = text.trim().split("\n");
  const meant = hint?.replace(/^\((.*)\)$/, "$1") ?? misplaced(cause, command);
  return `${sentence(cause)} ${meant ?? `See ${fullName(command)} --help.`}\n`;
}

/** What is often typed in the wrong place. */
function misplaced(cause: string, command: Command): string | null {
  const takesClone = command.options.some(({ long }) => long === "--repo");
  if (takesClone && /too many arguments/.test(cause))
    return `Name the clone with --repo: ${fullName(command)} --repo DIR.`;
  if (command.parent === null && /unknown option/.test(cause))
    return "Options stand behind the verb: assistant review --repo DIR. See assistant --help.";
  return null;
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
