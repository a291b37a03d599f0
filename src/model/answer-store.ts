import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import { z } from "zod";
import { limits } from "../shared/limits.ts";
import type { GenerateRequest, GenerateResult, Model, ModelIdentity, ModelProvider } from "./model.ts";
import { wrapModel } from "./wrap-model.ts";

export interface AnswerStore {
  /** The same provider, whose models give an answer again that they gave before to the very same request. */
  remember(provider: ModelProvider): ModelProvider;
  close(): void;
}

/**
 * Answers by model and request, in a SQLite file: a push that leaves most of a change as it was costs a model only what is
 * new, also after a restart. Only requests that always get the same answer are kept: temperature 0, from weights with a known
 * SHA-256.
 */
export function openAnswerStore(file: string): AnswerStore {
  mkdirSync(dirname(file), { recursive: true });
  const db = openDatabase(file);
  const find = db.prepare("SELECT result FROM answer WHERE key = ?");
  const add = db.prepare("INSERT OR REPLACE INTO answer SELECT ?, ?, coalesce(max(id), 0) + 1 FROM answer");
  const trim = db.prepare("DELETE FROM answer WHERE id <= (SELECT max(id) FROM answer) - ?");

  async function generate<T>(model: Model, request: GenerateRequest<T>): Promise<GenerateResult<T>> {
    const key = keyOf(model.identity, request);
    if (key === null) return model.generate(request);
    const known = find.get([key]) as { result: string } | undefined;
    if (known) return fromStored(known.result, request, model.identity);
    const result = await model.generate(request);
    // Another model may have stepped in: its answer is not the one that was asked for.
    if (result.model.sha256 !== model.identity.sha256) return result;
    const { value: _, model: _by, ...stored } = result;
    add.run([key, JSON.stringify(stored)]);
    trim.run([limits.answersKept]);
    return result;
  }

  const remembering = (model: Model) => wrapModel(model, (request) => generate(model, request));

  return {
    remember: (provider) => ({
      async modelFor(role, wanted, named) {
        const found = await provider.modelFor(role, wanted, named);
        return found.model === null ? found : { model: remembering(found.model), reason: null };
      },
      qualified: (identity, ability) => provider.qualified(identity, ability),
      close: () => provider.close(),
    }),
    close: () => db.close(),
  };
}

/** A damaged file is begun afresh: what it held can be asked again. */
function openDatabase(file: string): Database.Database {
  const db = new Database(file);
  try {
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, result TEXT NOT NULL, id INTEGER NOT NULL)");
    return db;
  } catch (error) {
    db.close();
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!/^SQLITE_(CORRUPT|NOTADB)/.test(code)) throw error;
    for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
    return openDatabase(file);
  }
}

function keyOf<T>({ sha256 }: ModelIdentity, request: GenerateRequest<T>): string | null {
  if (sha256 === null || (request.temperature ?? 0) !== 0) return null;
  const { messages, schema, maxTokens, stop = [], seed = null } = request;
  const shape = schema ? z.toJSONSchema(schema) : null;
  return createHash("sha256")
    .update(JSON.stringify([sha256, messages, shape, maxTokens, stop, seed]))
    .digest("hex");
}

/** No time was spent and nothing was computed: the figures say so. */
function fromStored<T>(stored: string, request: GenerateRequest<T>, model: ModelIdentity): GenerateResult<T> {
  const { text } = JSON.parse(stored) as { text: string };
  request.onText?.(text);
  return {
    text,
    value: request.schema ? request.schema.parse(JSON.parse(text)) : undefined,
    promptTokens: 0,
    generatedTokens: 0,
    ms: 0,
    model,
  };
}
