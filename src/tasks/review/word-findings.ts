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
  /** Whether there is time for one more. */
  hasTime: () => boolean;
}

export interface Wording {
  /** What a qualified model's checked sentence says of a finding, by the finding's id. */
  worded: Map<string, { sentence: string; writtenBy: string }>;
  withheld: Withheld[];
}

/**
 * Asks the model for its wording of what code found. Where it has qualified for it and the sentence passes the check, the
 * sentence may stand for code's own; else it stands in the reports beside the check that kept it back, so that its maintainer
 * sees what it is worth.
 */
export async function wordFindings(
  findings: Finding[],
  { model, models, report, priority, signal, hasTime }: WordingOptions,
): Promise<Wording> {
  const wording: Wording = { worded: new Map(), withheld: [] };
  const word = async (finding: Finding): Promise<Withheld | null> => {
    if (!hasTime()) return null;
    const facts = [finding.title, finding.body, ...finding.evidence.map(factOf)].join("\n");
    const about = finding.anchor ? `${finding.anchor.path}:${finding.anchor.startLine}` : finding.kind;
    try {
      const answer = await askCounted(model, report, { ...wordingRequest(facts), priority, signal });
      const text = (answer.value?.sentence ?? "").replace(/\s+/g, " ").trim();
      const { allowed, reason } = models.qualified(answer.model, "wording");
      const refused = checkSentence(text, facts);
      if (refused !== null || !allowed) return { about, text, reason: refused ?? reason };
      wording.worded.set(finding.id, { sentence: text, writtenBy: answer.model.name });
      return null;
    } catch (error) {
      if (!hasTime()) return null;
      signal?.throwIfAborted();
      return { about, text: "", reason: `the model gave no usable answer: ${messageOf(error)}` };
    }
  };
  const asked = findings.slice(0, limits.wordedFindings);
  const refused = await pool(asked, word, { slots: model.status().slots, ...(signal && { signal }) });
  wording.withheld.push(...refused.filter((one) => one !== null));
  return wording;
}

/** Without the quoted code: what a sentence needs is where, and why. */
function factOf({ citation, why }: Finding["evidence"][number]): string {
  return `${citation.kind === "code" ? citation.path : formatCitation(citation)}: ${why}`;
}
