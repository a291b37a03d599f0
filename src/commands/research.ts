import { Command, Option } from "commander";
import { answerResearch } from "../api/assistant.ts";
import { renderBibliography, renderOrigin, renderResearch, renderStatement } from "../api/render-research.ts";
import { oneLine } from "../publish/markdown/escape.ts";
import { ExitCode } from "../shared/errors.ts";
import type { AskEvent, OnEvent } from "../tasks/ask/events.ts";
import { researchFormats, type ResearchAnswer, type ResearchFormat } from "../tasks/research/answer.ts";
import { type AssistantOptions, assistantOptions, collectList, withAssistant, writeOut } from "./assistant-options.ts";
import { interruptSignal } from "./interrupt.ts";
import { terminalProgress } from "./progress.ts";

export interface ResearchOptions extends AssistantOptions {
  task: string;
  engram?: string[];
  format: ResearchFormat;
  unqualified?: boolean;
}

export function researchCommand(): Command {
  const command = new Command("research")
    .description("answer a question from documents and code, every statement with its citation")
    .requiredOption("--task <text>", "what is asked")
    .option("--engram <sources>", "engram files and collections of the knowledge base, comma-separated", collectList)
    .addOption(new Option("--format <format>", "what is written").choices([...researchFormats]).default("answer"))
    .option("--unqualified", "let a model word the answer that has not qualified for it");
  return assistantOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  assistant research --task "which requests are retried, and how often" --engram docs.engram
  assistant research --task "compare the caching strategies" --engram research/caching --format comparison
  assistant research --task "and for redis?" --engram research/caching --session caching

A source is a file that \`assistant ingest\` made, or a collection of \`assistant knowledge\` (research, research/caching).
With none, the repository in --repo is searched. A model's sentence is shown only where its names, numbers and words stand
in the passages it cites. Without one that has qualified for wording (assistant models qualify) passages are quoted.
Exit code: 0 answered, 1 nothing was found, 2 usage or environment, 3 internal error.`,
    )
    .action(runResearch);
}

export async function runResearch(options: ResearchOptions): Promise<void> {
  const live = options.json !== true && process.stdout.isTTY;
  const { onEvent, sentences } = liveAnswer(live);
  const answer = await withAssistant(options, (services) =>
    answerResearch(services, questionOf(options), { signal: interruptSignal(), onEvent, roots: null }),
  );
  onEvent({ type: "status", text: "" });
  printResearch(answer, options, sentences());
}

function questionOf(options: ResearchOptions): Parameters<typeof answerResearch>[1] {
  const { task, format, engram = [], context = [], repo, session = null, unqualified } = options;
  return { task, format, engram, context, repository: repo, session, unqualified };
}

export interface PrintOptions {
  json?: boolean;
  out?: string;
  /** Print nothing: only the file and the exit code. */
  quiet?: boolean;
}

/** @param shown sentences that stand on the terminal already */
export function printResearch(answer: ResearchAnswer, { json, out, quiet }: PrintOptions, shown: number): void {
  if (json) process.stdout.write(`${JSON.stringify(answer)}\n`);
  else if (!quiet) {
    const rest = shown > 0 ? ["", renderBibliography(answer), renderOrigin(answer)].join("\n") : renderResearch(answer);
    process.stdout.write(rest);
  }
  writeOut(out, renderResearch(answer));
  process.exitCode = answer.how === "nothing" ? ExitCode.no : ExitCode.fine;
}

/**
 * Shows sentences as they are done, and what is going on meanwhile; nothing of it where nobody watches.
 * @returns `sentences`: how many stand there, of the last attempt
 */
export function liveAnswer(live: boolean): { onEvent: OnEvent; sentences: () => number } {
  const progress = terminalProgress(process.stderr);
  let shown = 0;
  let part: string | null = null;
  function onEvent(event: AskEvent): void {
    if (event.type === "status") progress(oneLine(event.text));
    if (!live) return;
    if (event.type === "restart" && shown > 0) {
      shown = 0;
      part = null;
      process.stdout.write("(what stands above is void: another attempt begins)\n");
    }
    if (event.type !== "sentence") return;
    progress("");
    if (event.part !== part && event.part !== null)
      process.stdout.write(`${shown > 0 ? "\n" : ""}## ${event.part}\n\n`);
    part = event.part;
    shown++;
    process.stdout.write(renderStatement(event));
  }
  return { onEvent, sentences: () => shown };
}
