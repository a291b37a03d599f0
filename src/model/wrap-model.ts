/** PORT of the model stage: the same model, with something done before or after it writes. */
import type { Model } from "./model.ts";

export function wrapModel(model: Model, generate: Model["generate"]): Model {
  return {
    identity: model.identity,
    // A server may turn out to have less than it claimed.
    get contextTokens() {
      return model.contextTokens;
    },
    generate,
    ...(model.score && { score: model.score.bind(model) }),
    countTokens: (text) => model.countTokens(text),
    status: () => model.status(),
    close: () => model.close(),
  };
}
