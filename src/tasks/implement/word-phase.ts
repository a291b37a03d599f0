import type { Evidence } from "../../retrieval/evidence.ts";
import type { Material } from "../ask/ask-input.ts";
import { wordAnswer } from "../ask/word-answer.ts";
import type { PlanMaterial } from "./gather-material.ts";
import type { ImplementInput } from "./input.ts";
import { type Worded, wordsOf } from "./plan-documents.ts";
import type { Usage } from "./usage.ts";
import type { ImplementPlace } from "../../publish/implement-outcome.ts";

type Phase = "requirements" | "specification" | "design";

const questions: Record<Phase, string> = {
  requirements: "What does the request ask for? Say each thing that must be true when it is done.",
  specification: "How does this behave today, and what does the request change about it?",
  design: "Which of these functions have to be changed or used for the request, and how?",
};

/**
 * A phase in a model's words, where it has qualified for wording: each sentence rests on the request, the documents or the
 * code, and is left out where it says anything else.
 * Errors: the signal's reason.
 */
export async function wordPhase(
  phase: Phase,
  places: readonly ImplementPlace[],
  found: PlanMaterial,
  { request, models }: ImplementInput,
  usage: Usage,
  signal: AbortSignal,
): Promise<Worded> {
  const asked: Material = {
    text: wordsOf(request).join("\n"),
    evidence: ofRequest(request.number ?? 0, request.title),
  };
  const read: Record<Phase, Material[]> = {
    requirements: [asked],
    specification: [
      asked,
      ...found.specifications.map(({ text, document }) => ({ text, evidence: ofRequest(0, document) })),
      ...[...found.documents, ...places.flatMap(({ evidence }) => evidence.slice(0, 1))].map(materialOf),
    ],
    design: [asked, ...[...places.flatMap(({ evidence }) => evidence.slice(0, 1)), ...found.similar].map(materialOf)],
  };
  const { lines, report } = await wordAnswer(
    `${questions[phase]} The request: ${request.title}`,
    read[phase],
    [],
    models,
    signal,
  );
  usage.prompts += report.prompts;
  usage.ms += report.ms;
  usage.name ??= report.name;
  if (report.note !== "") usage.notes.add(`the plan is worded by code; research: ${report.note}`);
  return { sentences: lines.map(({ text }) => text), writtenBy: lines.length === 0 ? null : report.name };
}

function materialOf(evidence: Evidence): Material {
  return { text: evidence.text, evidence };
}

function ofRequest(number: number, title: string): Evidence {
  const citation = { kind: "issue", number, title, state: "open" } as const;
  return { kind: "linked-issue", citation, score: 1, why: "the request", text: title };
}
