import { Command, Option } from "commander";
import { answerCode } from "../api/assistant-code.ts";
import { renderChecks, renderCode } from "../api/render-code.ts";
import { oneLine, printable } from "../publish/markdown/escape.ts";
import { AssistantError, ExitCode } from "../shared/errors.ts";
import type { AskEvent, OnEvent } from "../tasks/ask/events.ts";
import { type CodeAnswer, type CodeKind, codeKinds, type CodeWay, codeWays } from "../tasks/code/code-answer.ts";
import { type AssistantOptions, assistantOptions, collectList, withAssistant, writeOut } from "./assistant-options.ts";
import { interruptSignal } from "./interrupt.ts";
import { terminalProgress } from "./progress.ts";
import type { PrintOptions } from "./research.ts";

export interface CodeOptions extends AssistantOptions {
  task: string;
  examples?: string[];
  kind?: CodeKind;
  how?: CodeWay;
  file?: string;
  spec?: string;
  language?: string;
}

export function codeCommand(): Command {
  const command = new Command("code")
    .description("write code, tests or documentation from what a repository and its documents show")
    .requiredOption("--task <text>", "what is wanted")
    .option("--examples <sources>", "sources of code to write in the manner of, comma-separated", collectList)
    .addOption(new Option("--kind <kind>", "what is written (default: by the task)").choices([...codeKinds]))
    .addOption(new Option("--how <way>", "which models do it (default: direct)").choices([...codeWays]))
    .option("--file <path[:symbol]>", "the code that it is about, of this folder or of an engram")
    .option("--spec <file>", "an OpenAPI 3 document, for a client")
    .option("--language <name>", "for example typescript or py");
  return assistantOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  assistant code --task "a function that pages orders" --context service.engram --examples service.engram
  assistant code --task "tests for it" --kind test --file src/orders.ts:listOrders --session orders
  assistant code --task "client of the service" --spec openapi.yaml --out client.ts
  assistant code --task "retry with jitter" --how pipeline

--how pipeline: the research model designs, the coding model writes from the design. --how collaborative: architecture,
implementation and tests at once. Code is parsed; where it does not parse the model is told once. What is left out and names
that the material does not show are listed. A client needs no model. --out FILE gets the code alone (FILE.md: all of it).
Exit code: 0 written, 1 written and it does not parse, 2 usage or environment (also: no model), 3 internal error.`,
    )
    .action(runCode);
}

async function runCode(options: CodeOptions): Promise<void> {
  const live = options.json !== true && process.stdout.isTTY;
  const { onEvent, shown } = liveCode(live);
  const answer = await withAssistant(options, (services) =>
    answerCode(services, questionOf(options), { signal: interruptSignal(), onEvent, roots: null }),
  );
  onEvent({ type: "status", text: "" });
  printCode(answer, options, shown());
}

function questionOf(options: CodeOptions): Parameters<typeof answerCode>[1] {
  const { task, context = [], examples = [], repo, kind, how, file, spec, language, session } = options;
  return {
    task,
    context,
    examples,
    repository: repo,
    kind: kind ?? null,
    how: how ?? null,
    file: file ?? null,
    spec: spec ?? null,
    language: language ?? null,
    session: session ?? null,
  };
}

/**
 * Errors: AssistantError `no-model`, after what was found is printed.
 * @param shown whether the code stands on the terminal already
 */
export function printCode(answer: CodeAnswer, { json, out, quiet }: PrintOptions, shown: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify(answer)}\n`);
  else if (!quiet) process.stdout.write(shown ? `\n${renderChecks(answer)}` : renderCode(answer));
  if (answer.how === "none") {
    throw new AssistantError(`code takes a model: ${oneLine(answer.why ?? "there is none")}`, {
      code: "no-model",
      remedy: "`assistant doctor` says which models there are; a client from a specification (--spec) needs none.",
    });
  }
  if (out !== undefined) writeOut(out, out.endsWith(".md") ? renderCode(answer) : codeAlone(answer));
  const broken = answer.parts.some(({ syntax, cutOff }) => cutOff || (syntax?.length ?? 0) > 0);
  process.exitCode = broken ? ExitCode.no : ExitCode.fine;
}

/** Several parts in one file would be none that anything runs. */
function codeAlone({ parts }: CodeAnswer): string {
  return parts.find(({ name }) => name !== "tests")?.code ?? parts[0]?.code ?? "";
}

/** Shows code as it is written. @returns `shown`: whether all of it stands there, of one attempt */
function liveCode(live: boolean): { onEvent: OnEvent; shown: () => boolean } {
  const progress = terminalProgress(process.stderr);
  let written = 0;
  function onEvent(event: AskEvent): void {
    if (event.type === "status") progress(oneLine(event.text));
    if (!live) return;
    if (event.type === "restart" && written > 0) {
      written = 0;
      process.stdout.write("\n(another attempt)\n\n");
    }
    if (event.type !== "text") return;
    if (written === 0) progress("");
    written += event.text.length;
    process.stdout.write(printable(event.text));
  }
  return { onEvent, shown: () => written > 0 };
}
