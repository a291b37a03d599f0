import type { RepositoryConfig } from "../config/repository-config.ts";
import type { ModelProvider } from "./model.ts";

/**
 * The models as a repository asks for them: of those that the server has for a role the one that it names, or none. Where it
 * asks for one that is not there, there is none: nobody else reads its code instead.
 */
export function askedModels(provider: ModelProvider, asked: RepositoryConfig["models"]): ModelProvider {
  return {
    async modelFor(role, wanted, named) {
      if (asked[role] === "none") return { model: null, reason: "the repository's configuration asks for none" };
      return provider.modelFor(role, wanted, asked[role] ?? named);
    },
    qualified: (identity, ability) => provider.qualified(identity, ability),
    close: () => provider.close(),
  };
}
