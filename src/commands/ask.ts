import { Command } from "commander";
import { answerAsk } from "../api/assistant-ask.ts";
import { openSessions } from "../api/sessions.ts";
import { findHome } from "../config/home.ts";
import { AssistantError, ExitCode } from "../shared/errors.ts";
import { type AssistantOptions, assistantOptions, collectList, withAssistant } from "./assistant-options.ts";
import { printCode } from "./code.ts";
import { interruptSignal } from "./interrupt.ts";
import { liveAnswer, printResearch } from "./research.ts";

interface AskOptions extends AssistantOptions {
  engram?: string[];
  examples?: string[];
  file?: string;
  forget?: boolean;
  unqualified?: boolean;
}

export function askCommand(): Command {
  const command = new Command("ask")
    .description("research or code, by what the text asks for")
    .argument("[text]", "what is asked")
    .option("--engram <sources>", "engram files and collections of the knowledge base, comma-separated", collectList)
    .option("--examples <sources>", "sources of code to write in the manner of, comma-separated", collectList)
    .option("--file <path[:symbol]>", "the code that it is about, of this folder or of an engram")
    .option("--unqualified", "let a model word an answer that has not qualified for it")
    .option("--forget", "forget the conversation that --session names");
  return assistantOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  assistant ask "where are webhooks verified"
  assistant ask "write a test for it" --file src/webhooks.ts:verify --session hooks
  assistant ask --session hooks --forget

The first line says what the text was taken for, and how surely; \`research\` and \`code\` do one of the two.
Exit code: as \`research\` and \`code\`.`,
    )
    .action(ask);
}

async function ask(text: string | undefined, options: AskOptions): Promise<void> {
  if (options.forget) return forget(text, options);
  const live = options.json !== true && process.stdout.isTTY;
  const { onEvent, sentences } = liveAnswer(live);
  const { context = [], engram = [], examples = [], file = null, repo, session = null, unqualified } = options;
  const question = { task: text ?? "", engram, context, examples, file, repository: repo, session, unqualified };
  const answer = await withAssistant(options, (services) =>
    answerAsk(services, question, { signal: interruptSignal(), onEvent, roots: null }),
  );
  onEvent({ type: "status", text: "" });
  const { type, confidence, sure } = answer.chosen;
  const taken = `taken for ${type} (${Math.round(confidence * 100)} %${sure ? "" : ", not sure"})`;
  if (options.json) process.stdout.write(`${JSON.stringify(answer)}\n`);
  else process.stderr.write(`${taken}\n`);
  const rest = { ...(options.out !== undefined && { out: options.out }), quiet: options.json ?? false };
  if ("research" in answer) printResearch(answer.research, rest, sentences());
  else printCode(answer.code, rest, false);
}

async function forget(text: string | undefined, { session }: AskOptions): Promise<void> {
  if (session === undefined || text !== undefined) {
    throw new AssistantError(session === undefined ? "no session is named" : "a text is given to what is forgotten", {
      code: "no-session",
      remedy: "Forget one with `assistant ask --session NAME --forget`.",
    });
  }
  const was = await openSessions(findHome(process.env)).forget(session);
  process.stdout.write(was ? `forgot ${session}\n` : `there is no session ${session}\n`);
  process.exitCode = was ? ExitCode.fine : ExitCode.no;
}
