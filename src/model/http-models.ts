import { z } from "zod";
import { AssistantError, messageOf } from "../shared/errors.ts";
import type { Asker } from "./http-ask.ts";
import { type Asked, notAModelServer, unknownModel } from "./http-failures.ts";

const positive = z.number().int().positive().nullish().catch(null);

/** What servers say about a model beyond its id; unknown fields of all kinds stand beside. */
const modelSchema = z.object({
  id: z.string(),
  aliases: z.array(z.string()).optional().catch(undefined),
  /** vLLM. */
  max_model_len: positive,
  /** llama.cpp. */
  meta: z.object({ n_ctx: positive, n_ctx_train: positive }).nullish().catch(null),
  /** Our own. */
  "x-engram": z
    .object({ sha256: z.string().nullable(), context_tokens: z.number(), score: z.boolean() })
    .nullish()
    .catch(null),
});

const listSchema = z.object({ data: z.array(modelSchema) });

type ListedModel = z.output<typeof modelSchema>;

/** Null where the server keeps no list. */
export async function listModels(ask: Asker, asked: Asked): Promise<ListedModel[] | null> {
  let answer: unknown;
  try {
    answer = await ask("/models");
  } catch (error) {
    // A path that is not there; a key or a server that fails is told to the caller.
    if (error instanceof AssistantError && error.code === "model-missing") return null;
    throw error;
  }
  const parsed = listSchema.safeParse(answer);
  if (!parsed.success) throw notAModelServer(asked, `/models is not a list of models (${messageOf(parsed.error)})`);
  return parsed.data.data;
}

export interface ChosenModel {
  id: string;
  contextTokens: number | null;
  trainedTokens: number | null;
  ours: { sha256: string | null; score: boolean } | null;
}

export function chooseModel(listed: ListedModel[] | null, wanted: string | null, asked: Asked): ChosenModel {
  if (listed === null) {
    if (wanted !== null) return { id: wanted, contextTokens: null, trainedTokens: null, ours: null };
    throw notAModelServer(asked, "it lists no models, and none was named");
  }
  const names = listed.map(({ id }) => shortName(id)).join(", ") || "none";
  const found =
    wanted === null
      ? listed
      : listed.filter(({ id, aliases }) => id === wanted || shortName(id) === wanted || aliases?.includes(wanted));
  const [model] = found;
  if (wanted !== null && model === undefined) throw unknownModel(asked, `it has: ${names}`);
  if (model === undefined || found.length > 1) {
    throw new AssistantError(`${asked.origin} has ${listed.length} models and none was named: ${names}`, {
      code: "model-missing",
      remedy: "Name one of them: http://host:port/v1#MODEL.",
    });
  }
  const ours = model["x-engram"] ?? null;
  return {
    id: model.id,
    contextTokens: ours?.context_tokens ?? model.max_model_len ?? model.meta?.n_ctx ?? null,
    trainedTokens: model.meta?.n_ctx_train ?? null,
    ours,
  };
}

export function shortName(id: string): string {
  return /[^/\\]+(?=\.gguf$)/i.exec(id)?.[0] ?? id;
}
