import { limits } from "../../shared/limits.ts";
import { contentRoots } from "../ask/content-words.ts";
import type { Passage } from "../ask/passage.ts";
import type { AnswerPart, ResearchFormat } from "./answer.ts";
import { quotePassages, type WordWeights } from "./quote-passages.ts";

/**
 * What the passages themselves say, in the form that was asked for as far as code can: a comparison sets documents side by
 * side, and words of the task that no passage has are told.
 * @param query the task with what the conversation adds to it
 * @param weights of the query's words, where more is known of them than these passages
 */
export function quotedParts(
  format: ResearchFormat,
  task: string,
  query: string,
  passages: readonly Passage[],
  weights?: WordWeights,
): AnswerPart[] {
  if (format === "comparison") return [...sideBySide(query, passages, weights), ...gaps("Gaps", task, passages)];
  const statements = quotePassages(query, passages, { weights });
  if (statements.length === 0) return [];
  if (format !== "report") return [{ title: null, statements }];
  return [{ title: "Findings", statements }, ...gaps("Open questions", task, passages)];
}

/** For each document, the best first, what it says. */
function sideBySide(query: string, passages: readonly Passage[], weights: WordWeights | undefined): AnswerPart[] {
  const documents = new Map<string, Passage[]>();
  for (const passage of passages) {
    const title = `${passage.source}: ${passage.document}`;
    documents.set(title, [...(documents.get(title) ?? []), passage]);
  }
  return [...documents]
    .map(([title, own]) => ({ title, statements: quotePassages(query, own, { weights, most: limits.comparedQuotes }) }))
    .filter(({ statements }) => statements.length > 0)
    .slice(0, limits.comparedDocuments);
}

function gaps(title: string, task: string, passages: readonly Passage[]): AnswerPart[] {
  const texts = passages.flatMap(({ document, heading, text }) => [document, ...(heading ?? []), text]);
  const known = contentRoots(texts.join("\n"));
  const words = new Set(task.match(/[\p{L}\p{N}_]+/gu));
  const missing = [...words].filter((word) => [...contentRoots(word)].some((root) => !known.has(root)));
  if (missing.length === 0) return [];
  return [{ title, statements: [{ sentence: `No passage that was found has: ${missing.join(", ")}.`, sources: [] }] }];
}
