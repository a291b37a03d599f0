import type { ModelChoice } from "../config/model-choice.ts";
import type { ModelSettings } from "../config/server-config.ts";
import { defaultModels } from "../config/server-file.ts";
import { messageOf } from "../shared/errors.ts";
import { openModelSource } from "./model-source.ts";
import type { ModelIdentity, ModelProvider, ModelRole } from "./model.ts";

export interface ModelProviderOptions {
  /** Where `assistant models pull` installs. */
  modelsDir: string;
  /** Which model each role has; what is left out of the section stands at its default. */
  choice: Record<ModelRole, ModelChoice> & Partial<ModelSettings>;
}

/** The first model that each role's configuration gives, without balancing and without a record of qualification. */
export function modelProvider({ modelsDir, choice }: ModelProviderOptions): ModelProvider {
  const source = openModelSource({ modelsDir, models: { ...defaultModels, apiKey: null, ...choice } });
  return {
    async modelFor(role) {
      const { groups, missing } = await source.candidates(role);
      for (const group of groups) {
        try {
          const [model] = await group.open();
          if (model !== undefined) return { model, reason: null };
        } catch (error) {
          missing.push(messageOf(error));
        }
      }
      return { model: null, reason: missing.join("; ") };
    },
    qualified: (identity: ModelIdentity) => ({
      allowed: false,
      reason: `no qualification record for ${identity.name}`,
    }),
    close: () => source.close(),
  };
}
