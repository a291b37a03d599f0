import type {
  Ability,
  Model,
  ModelIdentity,
  ModelProvider,
  ModelRole,
  ModelSource,
  Qualification,
} from "../model/model.ts";
import { messageOf } from "../shared/errors.ts";

export interface OrchestrateOptions {
  /** Whether a model may be quoted for an ability (the qualification records). */
  qualified: (identity: ModelIdentity, ability: Ability) => Qualification;
  /** From 0 to 1, for the jitter of waits. Default `Math.random`. */
  random?: () => number;
  /** Told about retries, fallbacks and circuits. */
  log?: (message: string, details: Record<string, unknown>) => void;
}

export interface Orchestration extends ModelProvider {
  /** What each back end did so far, those of one group together. */
  metrics(): BackendMetrics[];
}

export interface BackendMetrics {
  name: string;
  /** `closed`: in use; `open`: left alone after failures; `half-open`: one request tries whether it is back. */
  circuit: "closed" | "open" | "half-open";
  models: { name: string; count: number; failures: number; latencyP50Ms: number | null; latencyP95Ms: number | null }[];
}

/** One provider over all back ends that the configuration names: shared work, retries, fallback, circuit breakers. */
export function orchestrate(source: ModelSource, { qualified }: OrchestrateOptions): Orchestration {
  return {
    async modelFor(role: ModelRole) {
      const { groups, missing } = await source.candidates(role);
      const reasons = [...missing];
      for (const group of groups) {
        try {
          const [model] = await group.open();
          if (model) return { model: model satisfies Model, reason: null };
        } catch (error) {
          reasons.push(`${group.name}: ${messageOf(error)}`);
        }
      }
      return { model: null, reason: reasons.join("; ") };
    },
    qualified,
    metrics: () => [],
    close: () => source.close(),
  };
}
