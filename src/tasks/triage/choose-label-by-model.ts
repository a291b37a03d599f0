import type { ModelProvider } from "../../model/model.ts";
import type { LabelSuggestion } from "../../publish/outcome.ts";
import { limits } from "../../shared/limits.ts";
import type { Decide } from "../review/confirm-remark.ts";
import { labelPrompt, noLabel } from "./label-prompt.ts";
import type { LabelRules } from "./choose-labels.ts";

export interface ModelChoice {
  /** Null where the model chose none. */
  label: LabelSuggestion | null;
  /** The model that was asked; null where none may be. */
  model: string | null;
}

/**
 * Lets the research model choose between labels that the neighbours have but not surely enough, where it has qualified for
 * labels. Its choice is only ever named, never put on the issue: how often it is right here was not measured.
 * Errors: the signal's reason, and those of `Model.generate`.
 */
export async function chooseLabelByModel(
  issue: { title: string; body: string },
  others: readonly LabelSuggestion[],
  inRepository: LabelRules["inRepository"],
  { models, decide: choose, signal }: { models: ModelProvider; decide: Decide; signal: AbortSignal },
): Promise<ModelChoice> {
  const { model } = await models.modelFor("research");
  if (model === null || others.length === 0) return { label: null, model: null };
  const may = models.qualified(model.identity, "label");
  if (!may.allowed) return { label: null, model: null };
  const described = new Map(inRepository?.map(({ name, description }) => [name, description]));
  const labels = others
    .slice(0, limits.labelsAsked)
    .map(({ name }) => ({ name, description: described.get(name) ?? "" }));
  const body = issue.body.slice(0, limits.labelBodyCharacters);
  const { messages, options } = labelPrompt({ title: issue.title, body }, labels);
  const { option, probabilities } = await choose(model, { messages, options, signal });
  const { name } = model.identity;
  const probability = probabilities?.[options.indexOf(option)] ?? null;
  const sure = may.threshold == null || probability === null || probability >= may.threshold;
  const found = others.find((one) => one.name === option);
  if (option === noLabel || !sure || found === undefined) return { label: null, model: name };
  return { label: { ...found, confidence: null, apply: false, writtenBy: name }, model: name };
}
