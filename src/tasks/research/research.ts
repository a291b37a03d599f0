import type { GenerateResult, Model, ModelIdentity, ModelProvider } from "../../model/model.ts";
import { estimateTokens } from "../../retrieval/pack-evidence.ts";
import { AssistantError, messageOf } from "../../shared/errors.ts";
import { limits } from "../../shared/limits.ts";
import type { OnEvent } from "../ask/events.ts";
import { earlierTurns, retrievalQuery } from "../ask/follow-up.ts";
import { gatherPassages, weighWords } from "../ask/gather-passages.ts";
import type { Block } from "../ask/material.ts";
import type { Passage, PassageSource } from "../ask/passage.ts";
import type { Turn } from "../ask/turn.ts";
import type { ResearchAnswer, ResearchFormat } from "./answer.ts";
import { type CheckedStatements, checkedStatements } from "./checked-statements.ts";
import { answerSchema, forms, type PartForm, type WrittenAnswer } from "./forms.ts";
import { researchPrompt } from "./prompt.ts";
import { quotedParts } from "./quoted-parts.ts";
import type { WordWeights } from "./quote-passages.ts";
import { createStatementReader } from "./read-statements.ts";

export interface ResearchRequest {
  /** Words of whoever asks, or ours: the model is to do as they say. */
  task: string;
  /** What the task is about, in words of anybody: read, searched with, and never obeyed. */
  about?: Block;
  format: ResearchFormat;
  /** Groups of sources, each ranked by itself. */
  sources: readonly PassageSource[];
  /** Earlier turns of the conversation, oldest first. */
  turns: readonly Turn[];
  /** Whether a model may word it that has not qualified for wording. */
  unqualified?: boolean | undefined;
  /** What is done where the model is busy; by default passages are quoted. */
  whenBusy?: "quote" | "refuse";
  signal?: AbortSignal | undefined;
  onEvent?: OnEvent | undefined;
}

/**
 * Answers from passages. A model's sentences stand there only where code found their names, numbers and words in what they
 * cite; without a model, or where nothing of it was kept, the passages are quoted.
 * Errors: the signal's reason; `model-busy` where that is asked for.
 */
export async function research(request: ResearchRequest, models: ModelProvider): Promise<ResearchAnswer> {
  const { task, format, turns, onEvent } = request;
  onEvent?.({ type: "status", text: "looking for passages" });
  const { model, reason } = await wordingModel(request, models);
  const room = await budgetOf(request, model);
  const query = retrievalQuery(request.about === undefined ? task : `${task} ${request.about.text}`, turns);
  const passages = await gatherPassages(query, request.sources, { ...room, signal: request.signal });
  for (const passage of passages) onEvent?.({ type: "passage", passage });
  const empty = { task, format, parts: [], dropped: [], passages, model: null };
  if (passages.length === 0) return { ...empty, how: "nothing", why: "no passage bears on the task" };
  if (format === "bibliography") return { ...empty, how: "listed", why: null };
  if (model === null) return quoted(request, query, passages, reason ?? "no model was asked");
  return write(request, query, passages, model, models, room.earlier);
}

/** Who words the answer; null with the reason where passages are to be quoted. */
async function wordingModel(
  { format, unqualified }: ResearchRequest,
  models: ModelProvider,
): Promise<{ model: Model | null; reason: string | null }> {
  if (format === "bibliography") return { model: null, reason: null };
  const found = await models.modelFor("research", unqualified ? [] : ["wording"]);
  if (found.model === null) return found;
  const { identity } = found.model;
  const { allowed, reason } = models.qualified(identity, "wording");
  if (allowed || unqualified) return found;
  return { model: null, reason: `${identity.name} is not quoted: ${reason}` };
}

interface Budget {
  tokens: number;
  countTokens: (text: string) => Promise<number>;
  earlier: Block[];
}

/** Share of a prompt that earlier turns may take. */
const earlierShare = 0.25;
/** What instructions, the question and the marks around passages take beside the passages' own texts. */
const promptOverheadTokens = 350;
/** Tokens of passages where nobody reads them but a person. */
const quotedTokens = 4_000;

async function budgetOf({ task, about, turns }: ResearchRequest, model: Model | null): Promise<Budget> {
  if (model === null) {
    return { tokens: quotedTokens, countTokens: async (text) => estimateTokens(text), earlier: [] };
  }
  const countTokens = (text: string): Promise<number> => model.countTokens(text);
  const prompt =
    model.contextTokens -
    answerTokens(model) -
    promptOverheadTokens -
    (await countTokens(`${task} ${about?.text ?? ""}`));
  const { blocks, tokens } = await earlierTurns(turns, Math.max(0, prompt * earlierShare), countTokens);
  return {
    tokens: Math.max(0, Math.min(limits.passageTokens, prompt - tokens)),
    countTokens,
    earlier: [...(about ? [about] : []), ...blocks],
  };
}

function answerTokens({ contextTokens }: Model): number {
  return Math.min(limits.statementTokens, Math.floor(contextTokens / 4));
}

async function write(
  request: ResearchRequest,
  query: string,
  passages: Passage[],
  model: Model,
  models: ModelProvider,
  earlier: readonly Block[],
): Promise<ResearchAnswer> {
  const { task, format, signal, onEvent } = request;
  const form = forms[format === "bibliography" ? "answer" : format];
  onEvent?.({ type: "status", text: `${model.identity.name} reads ${passages.length} passages` });
  const statements = checkedStatements(task, form, passages, onEvent);
  let failure: string | null = null;
  let identity: ModelIdentity = model.identity;
  try {
    const result = await generate(
      request,
      form,
      await fitting(request, form, passages, model, earlier),
      model,
      statements,
    );
    identity = result.model;
  } catch (error) {
    signal?.throwIfAborted();
    if (request.whenBusy === "refuse" && error instanceof AssistantError && error.code === "model-busy") throw error;
    failure = messageOf(error);
  }
  const [parts, dropped] = [statements.parts(), statements.dropped()];
  const by = { ...identity, qualification: models.qualified(identity, "wording") };
  const cited = new Set(parts.flatMap((part) => part.statements.flatMap(({ sources }) => sources)));
  if (cited.size === 0) {
    const why = failure ?? "no sentence of the model is borne out by what it cites";
    return { ...quoted(request, query, passages, why), dropped, model: by };
  }
  return {
    task,
    format,
    how: "model",
    why: failure,
    parts,
    dropped,
    model: by,
    passages: passages.filter(({ id }) => cited.has(id)),
  };
}

/** The prompt with as many passages as fit, counted as a whole: marks and template weigh more with some tokenizers. */
async function fitting(
  { task }: ResearchRequest,
  form: readonly PartForm[],
  passages: Passage[],
  model: Model,
  earlier: readonly Block[],
): Promise<{ messages: ReturnType<typeof researchPrompt>; ids: string[] }> {
  const room = model.contextTokens - answerTokens(model) - templateTokens;
  for (let count = passages.length; ; count--) {
    const messages = researchPrompt(task, form, passages.slice(0, count), earlier);
    const tokens = await model.countTokens(messages.map(({ content }) => content).join("\n"));
    if (tokens <= room || count <= 1) return { messages, ids: passages.slice(0, count).map(({ id }) => id) };
  }
}

/** Marks of turns in a chat template, and what the ends of pieces cost when they are tokenized apart. */
const templateTokens = 64;

/** Statements are checked as they are written; one that is cut off leaves those before it. */
async function generate(
  { signal, onEvent }: ResearchRequest,
  form: readonly PartForm[],
  { messages, ids }: Awaited<ReturnType<typeof fitting>>,
  model: Model,
  statements: CheckedStatements,
): Promise<GenerateResult<WrittenAnswer>> {
  let reader = createStatementReader();
  let pieces = 0;
  const result = await model.generate({
    messages,
    schema: answerSchema(form, ids),
    maxTokens: answerTokens(model),
    priority: "person",
    onText(piece) {
      pieces++;
      for (const { part, statement } of reader.read(piece)) statements.add(part, statement);
    },
    onRestart() {
      reader = createStatementReader();
      pieces = 0;
      statements.clear();
      onEvent?.({ type: "restart" });
    },
    ...(signal && { signal }),
  });
  // Some back ends give the whole answer at its end.
  if (pieces === 0) for (const { part, statement } of reader.read(result.text)) statements.add(part, statement);
  return result;
}

function quoted(
  { task, format, sources }: ResearchRequest,
  query: string,
  passages: Passage[],
  why: string,
): ResearchAnswer {
  const parts = quotedParts(format, task, query, passages, weightsIn(sources, query));
  const cited = new Set(parts.flatMap(({ statements }) => statements.flatMap(({ sources }) => sources)));
  const answer = { task, format, why, dropped: [], model: null };
  if (cited.size === 0) return { ...answer, how: "listed", parts: [], passages };
  return { ...answer, how: "quoted", parts, passages: passages.filter(({ id }) => cited.has(id)) };
}

/** A word says as much as where it is rarest. Undefined where no source can tell. */
function weightsIn(sources: readonly PassageSource[], query: string): WordWeights | undefined {
  const told = sources.flatMap(({ weigh }) => (weigh ? [weighWords(query, weigh)] : []));
  const [first] = told;
  if (first === undefined) return undefined;
  return new Map(
    Array.from(first.keys(), (root) => [root, Math.max(...told.map((weights) => weights.get(root) ?? 0))]),
  );
}
