import type { ModelProvider } from "../../model/model.ts";
import type { LabelSuggestion } from "../../publish/outcome.ts";
import { limits } from "../../shared/limits.ts";
import type { Decide } from "../review/confirm-remark.ts";
import type { LabelRules } from "./choose-labels.ts";
import { labelPrompt, noLabel } from "./label-prompt.ts";

/**
 * Lets the research model choose between labels that the neighbours have but not surely enough, where it has qualified for
 * labels; null where it may not, or chose none. Its choice is only ever named, never put on the issue: how often it is right
 * here was not measured.
 * Errors: the signal's reason, and those of `Model.generate`.
 */
export async function chooseLabelByModel(
  issue: { title: string; body: string },
  others: readonly LabelSuggestion[],
  inRepository: LabelRules["inRepository"],
  { models, decide, signal }: { models: ModelProvider; decide: Decide; signal: AbortSignal },
): Promise<LabelSuggestion | null> {
  const { model } = await models.modelFor("research", ["label"]);
  if (model === null || others.length === 0) return null;
  const may = models.qualified(model.identity, "label");
  if (!may.allowed) return null;
  const described = new Map(inRepository?.map(({ name, description }) => [name, description]));
  const labels = others
    .slice(0, limits.labelsAsked)
    .map(({ name }) => ({ name, description: described.get(name) ?? "" }));
  const body = issue.body.slice(0, limits.labelBodyCharacters);
  const { messages, options } = labelPrompt({ title: issue.title, body }, labels);
  const { option, probabilities } = await decide(model, { messages, options, signal });
  const probability = probabilities?.[options.indexOf(option)] ?? null;
  const isSure = may.threshold == null || probability === null || probability >= may.threshold;
  const chosen = others.find(({ name }) => name === option);
  if (option === noLabel || !isSure || chosen === undefined) return null;
  return { ...chosen, confidence: null, apply: false, writtenBy: model.identity.name };
}
