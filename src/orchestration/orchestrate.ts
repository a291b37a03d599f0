import type {
  Ability,
  Model,
  ModelGroup,
  ModelIdentity,
  ModelProvider,
  ModelRole,
  ModelSource,
  Qualification,
} from "../model/model.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { type Backend, backendOf, type Circuit } from "./backend.ts";
import { balanced } from "./balanced.ts";
import { bounded } from "./bounded.ts";
import type { ModelMetrics } from "./meter.ts";
import { type ChainLink, resilient, type ResilientOptions } from "./resilient.ts";

export interface OrchestrateOptions extends ResilientOptions {
  /** Whether a model may be quoted for an ability (the qualification records). */
  qualified: (identity: ModelIdentity, ability: Ability) => Qualification;
}

export interface Orchestration extends ModelProvider {
  /** What the back ends did so far. */
  metrics(): GroupMetrics[];
}

export interface GroupMetrics {
  name: string;
  models: (ModelMetrics & { circuit: Circuit })[];
}

/**
 * One provider over all back ends that the configuration names: the members of a group share its work, a failed one is left
 * alone for a while, and behind each group stands the next one as fallback. Groups are opened when they are needed. Every
 * call asks the source again, so that a model that was installed meanwhile is found.
 *
 * `identity` and `contextTokens` of a model are those of the first group that could be opened; `result.model` says for each
 * answer who wrote it, and `qualified` is to be asked about that one.
 */
export function orchestrate(source: ModelSource, options: OrchestrateOptions): Orchestration {
  const backends = new WeakMap<Model, Backend>();
  const groups = new Map<string, KnownGroup>();

  function backend(model: Model): Backend {
    const onCircuit = (circuit: Circuit) =>
      options.log?.("a back end's circuit changed", { model: model.identity.name, circuit });
    const known = backends.get(model) ?? backendOf(model, onCircuit);
    backends.set(model, known);
    return known;
  }

  /** Why nobody of a role can be quoted for any of these; null where somebody may, or only loading tells. */
  async function whyNotQuoted(role: ModelRole, wanted: readonly Ability[], named?: string): Promise<string | null> {
    const serving = (await source.identities?.(role, named)) ?? [];
    const [first] = serving;
    const [ability] = wanted;
    if (first === undefined || ability === undefined) return null;
    const may = serving.some((one) => wanted.some((wish) => options.qualified(one, wish).allowed));
    return may ? null : `${first.name} is not quoted: ${options.qualified(first, ability).reason}`;
  }

  return {
    async modelFor(role, wanted = [], named) {
      const refused = wanted.length > 0 ? await whyNotQuoted(role, wanted, named) : null;
      if (refused !== null) return { model: null, reason: refused };
      const { groups: candidates, missing } = await source.candidates(role, named);
      const reasons = [...missing];
      const chain = candidates.map((group) => linkOf(`${role}: ${group.name}`, group, groups, backend));
      for (const link of chain) {
        try {
          return { model: resilient(chain, await link.open({ again: true }), options), reason: null };
        } catch (error) {
          reasons.push(`${link.name}: ${messageOf(error)}`);
        }
      }
      return { model: null, reason: reasons.length > 0 ? reasons.join("; ") : `no model is configured for ${role}` };
    },
    qualified: options.qualified,
    metrics: () =>
      uniqueGroups(groups).map(({ name, members }) => ({
        name,
        models: members.map((model) => metricsOf(backend(model))),
      })),
    close: () => source.close(),
  };
}

/** What is known of a group between calls. */
interface KnownGroup {
  name: string;
  members: Model[];
  /** All members as one; null while they could not be opened. */
  model: Model | null;
  failure: { error: unknown; at: number } | null;
}

interface GroupLink extends ChainLink {
  /** @param how `again` asks the source also for what is open, or failed a moment ago */
  open(how?: { again: boolean }): Model | Promise<Model>;
}

/** @param key of the group, for one role: another may mean other models by the same name */
function linkOf(
  key: string,
  group: ModelGroup,
  groups: Map<string, KnownGroup>,
  backend: (model: Model) => Backend,
): GroupLink {
  const { name } = group;

  async function ask(): Promise<Model> {
    try {
      const members = await group.open();
      // The source gives the same models again; roles that share them share their queue, too.
      const same = [...groups.values()].find((known) => known.model !== null && isSame(known.members, members));
      const model = same?.model ?? oneOver(name, members, backend);
      groups.set(key, { name, members, model, failure: null });
      return model;
    } catch (error) {
      groups.set(key, { name, members: [], model: null, failure: { error, at: Date.now() } });
      throw error;
    }
  }

  return {
    name,
    open({ again } = { again: false }) {
      const { model, failure } = groups.get(key) ?? {};
      if (model && !again) return model;
      if (failure && !again && Date.now() < failure.at + limits.reopenMs) throw failure.error;
      return ask();
    },
  };
}

function isSame(before: Model[], now: Model[]): boolean {
  return before.length === now.length && before.every((model, i) => model === now[i]);
}

/** Several back ends work for one line; a single one has a queue of its own. */
function oneOver(name: string, members: Model[], backend: (model: Model) => Backend): Model {
  if (members.length === 0)
    throw new AssistantError(`${name} has no back end`, {
      code: "model-missing",
      remedy: "Correct the models in the configuration.",
    });
  const model = balanced(members, backend);
  return members.length > 1 ? bounded(model) : model;
}

/** One entry for the same models, whichever roles use them. */
function uniqueGroups(groups: Map<string, KnownGroup>): KnownGroup[] {
  return [...new Map([...groups.values()].map((known) => [known.model ?? known.name, known])).values()];
}

function metricsOf({ meter, model, circuit }: Backend): ModelMetrics & { circuit: Circuit } {
  return { ...meter.metrics(model.identity.name), circuit: circuit() };
}
