import type { Model } from "../model/model.ts";
import { wrapModel } from "../model/wrap-model.ts";

/** What the prompts of a run cost, added up. */
export interface Work {
  tokens: number;
  ms: number;
}

/** The same model, its work counted. */
export function watchModel(model: Model, work: Work): Model {
  return wrapModel(model, async (request) => {
    const answer = await model.generate(request);
    work.tokens += answer.promptTokens + answer.generatedTokens;
    work.ms += answer.ms;
    return answer;
  });
}
