import { z } from "zod";
import { limits } from "../../shared/limits.ts";
import type { ResearchFormat, Statement } from "./answer.ts";

/** One named part of an answer. */
export interface PartForm {
  key: string;
  title: string | null;
  /** What the model is told to write there. */
  ask: string;
  /** Statements that there must be: a small model takes the empty list where it may. */
  least: 0 | 1;
  /** What is missing is named by the task, not by the passages: its names may come from there. */
  namesOfTask: boolean;
}

/** How each format comes apart; a bibliography is listed by code. */
export const forms: Record<Exclude<ResearchFormat, "bibliography">, readonly PartForm[]> = {
  answer: [part("answer", null, "what answers the question, the most important first", 1)],
  summary: [part("summary", null, "what the passages say about it, the most important first", 1)],
  comparison: [
    part("agreements", "Agreements", "what several passages say alike; name all of them", 0),
    part("disagreements", "Disagreements", "where passages differ from each other; name both", 0),
    part("gaps", "Gaps", "what the question asks and the passages do not say", 0, true),
  ],
  report: [
    part("overview", "Overview", "what this is about", 1),
    part("findings", "Findings", "what the passages say, one fact in each sentence", 1),
    part("openQuestions", "Open questions", "what the passages leave open", 0, true),
  ],
};

function part(key: string, title: string | null, ask: string, least: 0 | 1, namesOfTask = false): PartForm {
  return { key, title, ask, least, namesOfTask };
}

export type WrittenAnswer = Record<string, Statement[]>;

/**
 * The shape of the answer. The sentence comes first: after a list of numbers a model of 135M parameters went on with numbers.
 * @param ids of the passages, at least one
 */
export function answerSchema(form: readonly PartForm[], ids: readonly string[]): z.ZodType<WrittenAnswer> {
  const statement = z.object({
    sentence: z.string().min(1).max(limits.statementCharacters),
    sources: z.array(z.enum(ids)).min(1).max(limits.statementSources),
  });
  const parts = form.map(({ key, least }) => [key, z.array(statement).min(least).max(limits.statements)] as const);
  return z.object(Object.fromEntries(parts));
}
