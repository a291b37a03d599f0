import type { Model, ModelProvider, Priority } from "../../model/model.ts";
import { pool } from "../../orchestration/patterns.ts";
import type { Finding, ModelReport, Withheld } from "../../publish/outcome.ts";
import { formatCitation } from "../../retrieval/evidence.ts";
import { messageOf } from "../../shared/errors.ts";
import { limits } from "../../shared/limits.ts";
import { checkSentence } from "../check-sentence.ts";
import { askCounted } from "./ask-counted.ts";
import { wordingRequest } from "./wording.ts";

export interface WordingOptions {
  model: Model;
  models: ModelProvider;
  /** What the prompts cost is added here. */
  report: ModelReport;
  priority: Priority;
  signal?: AbortSignal | undefined;
}

/**
 * Asks the model for its wording of what code found. The finding is published in code's own words; the model's stand in the
 * reports beside the check that kept them back, so that its maintainer sees what it is worth.
 */
export async function wordFindings(
  findings: Finding[],
  { model, models, report, priority, signal }: WordingOptions,
): Promise<Withheld[]> {
  const word = async (finding: Finding): Promise<Withheld> => {
    const facts = [finding.title, finding.body, ...finding.evidence.map(factOf)].join("\n");
    const about = finding.anchor ? `${finding.anchor.path}:${finding.anchor.startLine}` : finding.kind;
    try {
      const answer = await askCounted(model, report, { ...wordingRequest(facts), priority, signal });
      const text = answer.value?.sentence ?? "";
      const reason = checkSentence(text, facts) ?? models.qualified(answer.model, "wording").reason;
      return { about, text, reason };
    } catch (error) {
      signal?.throwIfAborted();
      return { about, text: "", reason: `the model gave no usable answer: ${messageOf(error)}` };
    }
  };
  return pool(findings.slice(0, limits.wordedFindings), word, { slots: model.status().slots, signal });
}

/** Without the quoted code: what a sentence needs is where, and why. */
function factOf({ citation, why }: Finding["evidence"][number]): string {
  return `${citation.kind === "code" ? citation.path : formatCitation(citation)}: ${why}`;
}
