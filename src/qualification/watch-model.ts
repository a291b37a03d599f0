import type { Model } from "../model/model.ts";

/** What the prompts of a run cost, added up. */
export interface Work {
  tokens: number;
  ms: number;
}

/** The same model, its work counted. */
export function watchModel(model: Model, work: Work): Model {
  return {
    identity: model.identity,
    contextTokens: model.contextTokens,
    async generate(request) {
      const answer = await model.generate(request);
      work.tokens += answer.promptTokens + answer.generatedTokens;
      work.ms += answer.ms;
      return answer;
    },
    ...(model.score && { score: (request) => (model.score as NonNullable<Model["score"]>)(request) }),
    countTokens: (text) => model.countTokens(text),
    status: () => model.status(),
    close: () => model.close(),
  };
}
