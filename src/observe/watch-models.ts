import type { GenerateRequest, Model, ModelProvider, ModelRole, ModelStatus } from "../model/model.ts";
import { wrapModel } from "../model/wrap-model.ts";
import { messageOf } from "../shared/errors.ts";

export interface ModelWatch {
  /** The same provider, whose models are watched. */
  models: ModelProvider;
  /** Those that were asked for so far, with what they do now. */
  statuses(): (ModelStatus & { name: string })[];
  /** Which model serves which role, or why none does, as far as anybody has asked yet. */
  serving(): string;
}

export interface ModelEvents {
  answered(model: string, tokens: { prompt: number; generated: number }): void;
  failed(model: string): void;
}

/** Counts what models do, without opening any: a role that nobody needs loads nothing. */
export function watchModels(provider: ModelProvider, events: ModelEvents): ModelWatch {
  const seen = new Map<string, Model>();
  const roles = new Map<ModelRole, string>();

  async function generate<T>(model: Model, request: GenerateRequest<T>) {
    try {
      const result = await model.generate(request);
      events.answered(result.model.name, { prompt: result.promptTokens, generated: result.generatedTokens });
      return result;
    } catch (error) {
      if (request.signal?.aborted !== true) events.failed(model.identity.name);
      throw error;
    }
  }

  function watched(model: Model): Model {
    seen.set(model.identity.name, model);
    return wrapModel(model, (request) => generate(model, request));
  }

  return {
    models: {
      async modelFor(role, wanted, named) {
        const found = await provider.modelFor(role, wanted, named).catch((error: unknown) => {
          roles.set(role, messageOf(error));
          throw error;
        });
        roles.set(role, found.model === null ? `none: ${found.reason}` : found.model.identity.name);
        return found.model === null ? found : { model: watched(found.model), reason: null };
      },
      qualified: (identity, ability) => provider.qualified(identity, ability),
      close: () => provider.close(),
    },
    statuses: () => [...seen].map(([name, model]) => ({ name, ...model.status() })),
    serving: () => {
      const told = [...roles].map(([role, model]) => `${role}: ${model}`);
      return told.length > 0 ? told.join("; ") : "none was needed yet";
    },
  };
}
