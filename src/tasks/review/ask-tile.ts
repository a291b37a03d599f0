import type { GenerateRequest, GenerateResult, Message, Model, ModelIdentity } from "../../model/model.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { limits } from "../../shared/limits.ts";
import { checkSentence } from "../check-sentence.ts";
import { tileAnswerSchema, type Remark, type TileAnswer } from "./answer.ts";
import { findQuote, type QuotedLines } from "./find-quote.ts";
import { tilePrompt, type TilePrompt } from "./prompt.ts";
import type { Tile } from "./tiles.ts";

/** A remark, and what code says to it. */
export interface CheckedRemark {
  remark: Remark;
  /** Where it stands; null where its quote was not found, or not once. */
  lines: QuotedLines | null;
  /** Which check it did not pass; null where it may be looked at a second time. */
  reason: string | null;
}

export interface AskedTile {
  prompt: TilePrompt;
  /** None where it says that there is no problem. */
  remarks: CheckedRemark[];
  /** Who answered. */
  model: ModelIdentity;
  /** What the model wrote before its verdict; null where it says "problem" and names none. */
  beforeVerdict: string | null;
}

/**
 * The first pass over one tile: what a model says of it, checked by code. The same in a review and where models are measured.
 * Errors: those of `Model.generate`.
 */
export async function askTile(
  tile: Tile,
  given: { evidence: Evidence[]; instructions?: readonly string[] },
  generate: (request: GenerateRequest<TileAnswer>) => Promise<GenerateResult<TileAnswer>>,
): Promise<AskedTile> {
  const prompt = tilePrompt(tile, given.evidence, given.instructions);
  const schema = tileAnswerSchema([...prompt.evidence.keys()]);
  const answer = await generate({ messages: prompt.messages, schema, maxTokens: limits.remarkTokens });
  const { verdict = "no problem", remarks = [] } = answer.value ?? {};
  const named = verdict === "problem" ? remarks : [];
  const isEmpty = answer.value === undefined || (verdict === "problem" && remarks.length === 0);
  return {
    prompt,
    remarks: named.map((remark) => checkRemark(remark, tile, prompt)),
    model: answer.model,
    beforeVerdict: isEmpty ? null : answer.text.slice(0, answer.text.indexOf(verdict)),
  };
}

function checkRemark(remark: Remark, tile: Tile, { material }: TilePrompt): CheckedRemark {
  const found = findQuote(tile.lines, remark.quote);
  if (typeof found === "string") return { remark, lines: null, reason: found };
  const known = `${material}\n${anyProgram}`;
  const reason = checkSentence(remark.claim, known) ?? checkSentence(remark.scenario, known);
  return { remark, lines: found, reason };
}

/** Values that every program has to do with, whether or not they stand in it: an input is told by them. */
const anyProgram = "0 1 NaN";

/**
 * How likely the model holds "problem" at the place where it wrote its verdict, 0..1; null where the back end does not tell. Of
 * the other verdict only the word that tells them apart is weighed: what follows is forced, and must not make it less likely.
 */
export async function probabilityOfProblem(
  model: Model,
  messages: Message[],
  beforeVerdict: string,
  signal?: AbortSignal,
): Promise<number | null> {
  if (model.score === undefined) return null;
  const continuations = [`${beforeVerdict}problem`, `${beforeVerdict}no`];
  const scores = await model.score({ messages, continuations, ...(signal && { signal }) });
  const [problem = 0, none = 0] = scores.map(({ logProbability }) => logProbability);
  return 1 / (1 + Math.exp(none - problem));
}
