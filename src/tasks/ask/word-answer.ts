import type { ModelProvider } from "../../model/model.ts";
import type { AnswerLine, ModelReport } from "../../publish/outcome.ts";
import { formatCitation } from "../../retrieval/evidence.ts";
import type { ResearchAnswer } from "../research/answer.ts";
import { research } from "../research/research.ts";
import type { Material } from "./ask-input.ts";
import type { Block } from "./material.ts";
import type { FoundPassage, PassageSource } from "./passage.ts";
import type { Turn } from "./turn.ts";

export interface Wording {
  /** Sentences of the model that code found in what they cite; none where no model may be quoted. */
  lines: AnswerLine[];
  report: ModelReport;
}

/**
 * Lets the research model answer from what was found, where it has qualified for wording. Each sentence is checked against the
 * pieces that it cites and left out where it says anything else.
 * @param about what the question is about, where that is not the words of whoever may ask
 * Errors: the signal's reason; `model-busy` never: what was found stands without a model.
 */
export async function wordAnswer(
  question: string,
  material: readonly Material[],
  turns: readonly Turn[],
  models: ModelProvider,
  signal: AbortSignal,
  about?: Block,
): Promise<Wording> {
  const startedAt = Date.now();
  const { model, reason } = await models.modelFor("research", ["wording"]);
  if (model === null) return silent(null, reason);
  const { name } = model.identity;
  const may = models.qualified(model.identity, "wording");
  if (!may.allowed) return silent(null, `${name} is not quoted: ${may.reason}`);
  if (material.length === 0) return silent(null, "there was nothing to read");
  const request = {
    task: question,
    format: "answer",
    sources: [sourceOf(material)],
    turns,
    signal,
    ...(about && { about }),
  } as const;
  const answer = await research(request, models);
  const report = {
    name,
    note: noteOf(answer),
    prompts: 1,
    promptTokens: 0,
    generatedTokens: 0,
    ms: Date.now() - startedAt,
  };
  // Another model may have stepped in for it.
  const quotable = answer.how === "model" && answer.model?.qualification.allowed === true;
  return { lines: quotable ? linesOf(answer, material) : [], report: { ...report, name: answer.model?.name ?? name } };
}

function silent(name: string | null, note: string): Wording {
  return { lines: [], report: { name, note, prompts: 0, promptTokens: 0, generatedTokens: 0, ms: 0 } };
}

/** All of it, the best first; what bears on the question is chosen where passages are packed. */
function sourceOf(material: readonly Material[]): PassageSource {
  const passages = material.map(({ evidence, text }, i): FoundPassage => {
    const { citation } = evidence;
    const startLine = citation.kind === "code" ? citation.startLine : 1;
    return {
      source: String(i),
      revision: "",
      document: citation.kind === "code" ? citation.path : formatCitation(citation),
      page: null,
      heading: null,
      line: startLine,
      startLine,
      endLine: startLine + text.split("\n").length - 1,
      score: 1,
      text,
    };
  });
  return { search: async () => passages };
}

function linesOf({ parts, passages }: ResearchAnswer, material: readonly Material[]): AnswerLine[] {
  return parts.flatMap(({ statements }) =>
    statements.flatMap(({ sentence, sources }) => {
      const cited = passages.filter(({ id }) => sources.includes(id));
      const evidence = cited.flatMap(({ source }) => material[Number(source)]?.evidence ?? []);
      return evidence.length === 0 ? [] : [{ text: sentence, evidence }];
    }),
  );
}

function noteOf({ how, why, dropped }: ResearchAnswer): string {
  const kept = dropped.length === 0 ? "" : `${dropped.length} of its sentences left out by the checks`;
  return [how === "model" ? "" : (why ?? "it said nothing that holds"), kept].filter(Boolean).join("; ");
}
