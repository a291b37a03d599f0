import type { Model } from "../model/model.ts";
import { confirmPrompt } from "../tasks/review/confirm-prompt.ts";
import { labelPrompt, noLabel } from "../tasks/triage/label-prompt.ts";
import type { CaseAnswer, CaseOf, Decide } from "./answer.ts";

/** Whether a claim holds. */
export async function askConfirm(
  model: Model,
  given: CaseOf<"confirm">,
  decide: Decide,
  signal?: AbortSignal,
): Promise<CaseAnswer> {
  const { messages, options } = confirmPrompt(given);
  const { option, probabilities } = await decide(model, { messages, options, ...(signal && { signal }) });
  const said = option === "yes";
  return {
    case: given,
    answered: true,
    said,
    right: said === given.holds,
    probability: probabilities?.[0] ?? null,
    text: option,
  };
}

/** Which label fits. */
export async function askLabel(
  model: Model,
  given: CaseOf<"label">,
  decide: Decide,
  signal?: AbortSignal,
): Promise<CaseAnswer> {
  const { messages, options } = labelPrompt(given, given.labels);
  const { option, probabilities } = await decide(model, { messages, options, ...(signal && { signal }) });
  return {
    case: given,
    answered: true,
    said: option !== noLabel,
    right: option === (given.expected ?? noLabel),
    probability: probabilities?.[options.indexOf(option)] ?? null,
    text: option,
  };
}
