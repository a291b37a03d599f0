import type { ModelProvider } from "../../model/model.ts";
import type { Advice, LabelSuggestion, ModelReport, TriageOutcome } from "../../publish/outcome.ts";
import type { Material } from "../ask/ask-input.ts";
import { wordAnswer } from "../ask/word-answer.ts";
import type { Decide } from "../review/confirm-remark.ts";
import { chooseLabelByModel } from "./choose-label-by-model.ts";
import { labelsFor, type TriageInput, visibleText, withoutTemplate } from "./triage-issue.ts";

export interface WordingPlan {
  /** Whether a model may say anything here. */
  worth: boolean;
  /** Null where none is installed. */
  name: string | null;
  /** Why it says nothing, or that it will. */
  note: string;
}

/** Whether the research model may say what may help, or choose a label, and why not. Asks no model anything, and loads none that may not. */
export async function planWording(models: ModelProvider): Promise<WordingPlan> {
  const { model, reason } = await models.modelFor("research", ["wording", "label"]);
  if (model === null) return { worth: false, name: null, note: reason };
  const { name } = model.identity;
  const may = models.qualified(model.identity, "wording");
  if (may.allowed || models.qualified(model.identity, "label").allowed)
    return { worth: true, name, note: "it reads this; what it adds will stand here" };
  return { worth: false, name, note: `${name} is not quoted: ${may.reason}` };
}

/**
 * What the research model adds to what code found: sentences about the cause and the remedy, each found again in the lines and
 * commits that it cites, and a label. What people wrote who are not of the project is no material.
 * Errors: the signal's reason.
 */
export async function letModelWord(
  outcome: TriageOutcome,
  input: TriageInput,
  { models, decide }: { models: ModelProvider; decide: Decide },
): Promise<TriageOutcome> {
  const { signal, forms = [] } = input;
  const written = withoutTemplate(visibleText(input.issue), forms);
  const { lines, report } = await wordAnswer(
    "What causes what the issue tells of, and what is to be changed?",
    materialOf(outcome),
    [],
    models,
    signal,
    { title: "ISSUE", text: written.title },
  );
  const said = lines.map(({ text, evidence }): Advice => {
    return { text, evidence, ...(report.name !== null && { writtenBy: report.name }) };
  });
  const label = await modelLabel(written, outcome, input, { models, decide });
  return {
    ...outcome,
    advice: [...(outcome.advice ?? []), ...said],
    labels: [...(outcome.labels ?? []), ...label],
    model: joined(report, label),
  };
}

/** Lines and what was merged: nobody writes these without the right to. */
function materialOf({ suspects, similar }: TriageOutcome): Material[] {
  const all = [...suspects, ...similar.flatMap(({ fixes }) => fixes)];
  return all.map((evidence) => ({ evidence, text: evidence.text }));
}

async function modelLabel(
  written: TriageInput["issue"],
  { labels = [] }: TriageOutcome,
  input: TriageInput,
  { models, decide }: { models: ModelProvider; decide: Decide },
): Promise<LabelSuggestion[]> {
  // What the past is sure of needs no second opinion.
  if (input.labels === undefined || labels.length > 0) return [];
  const { others } = await labelsFor(written, input);
  const tools = { models, decide, signal: input.signal };
  try {
    const label = await chooseLabelByModel(written, others, input.labels.inRepository, tools);
    return label === null ? [] : [label];
  } catch {
    input.signal.throwIfAborted();
    // Busy, or out of memory: what code found stands without it.
    return [];
  }
}

function joined(report: ModelReport, labels: readonly LabelSuggestion[]): ModelReport {
  if (labels.length === 0) return report;
  const chosen = "it chose a label";
  return {
    ...report,
    prompts: report.prompts + 1,
    note: [report.note, chosen].filter((part) => part !== "").join("; "),
  };
}
