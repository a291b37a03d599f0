import { ensemble, type ClassifiedTask, type Route } from "../orchestration/patterns.ts";
import type { CodeAnswer } from "../tasks/code/code-answer.ts";
import type { ResearchAnswer } from "../tasks/research/answer.ts";
import { answerResearch, type AssistantServices, checkTask, type RunOptions } from "./assistant.ts";
import { answerCode } from "./assistant-code.ts";

export interface AskQuestion {
  task: string;
  /** Files of engrams and collections. */
  engram: readonly string[];
  context: readonly string[];
  examples: readonly string[];
  file: string | null;
  repository: string | null;
  session: string | null;
  unqualified?: boolean | undefined;
}

export type AskAnswer = {
  /** What the text was taken to ask for, and how surely. */
  chosen: Pick<ClassifiedTask & Route, "type" | "confidence" | "sure" | "why">;
} & ({ research: ResearchAnswer } | { code: CodeAnswer });

/** Gives a text to whoever does that kind of work; what is not clear is researched, which shows its sources. */
export async function answerAsk(
  services: AssistantServices,
  question: AskQuestion,
  options: RunOptions,
): Promise<AskAnswer> {
  const text = checkTask(question.task);
  const { context, engram, examples, file, repository, session, unqualified } = question;
  const tell = ({ type, confidence }: ClassifiedTask): void =>
    options.onEvent?.({ type: "status", text: `taken for ${type} (${Math.round(confidence * 100)} %)` });

  async function inWords(_: { text: string }, chosen: ClassifiedTask): Promise<{ research: ResearchAnswer }> {
    tell(chosen);
    const all = {
      task: text,
      format: "answer" as const,
      engram,
      context: [...context, ...examples],
      repository,
      session,
      unqualified,
    };
    return { research: await answerResearch(services, all, options) };
  }

  async function inCode(_: { text: string }, chosen: ClassifiedTask): Promise<{ code: CodeAnswer }> {
    tell(chosen);
    const all = { task: text, kind: null, how: null, context: [...context, ...engram], examples, file };
    return { code: await answerCode(services, { ...all, spec: null, language: null, repository, session }, options) };
  }

  const { result, chosen } = await ensemble<{ text: string }, { research: ResearchAnswer } | { code: CodeAnswer }>(
    {
      coding: inCode,
      research: inWords,
      // Comments of a named piece of code are code; what a reader wants to know is not.
      documentation: file === null ? inWords : inCode,
      testing: inCode,
      unsure: file === null ? inWords : inCode,
    },
    { text },
  );
  const { type, confidence, sure, why } = chosen;
  return { chosen: { type, confidence, sure, why }, ...result };
}
