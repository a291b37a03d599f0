import type { Message, Model } from "../model/model.ts";
import type { Evidence } from "../retrieval/evidence.ts";
import { checkSentence } from "../tasks/check-sentence.ts";
import { remarkSchema } from "../tasks/review/answer.ts";
import { tilePrompt } from "../tasks/review/prompt.ts";
import type { Tile } from "../tasks/review/tiles.ts";

export interface PartReading {
  /** Whether it says "problem" in a sentence that passes the checks. */
  said: boolean;
  /** Line of the new file that the remark stands on. */
  line: number | null;
  /** Of a problem, 0..1; null where the back end does not tell. */
  probability: number | null;
  /** The remark, or why there is none to show. */
  text: string;
}

/** As in src/tasks/review/read-tiles.ts. */
const answerTokens = 160;

/**
 * Lets a model read one part of a change as a review does. Unlike there a remark need not name evidence: it is judged by its
 * line, and most parts of most changes have none. Errors: those of the model.
 */
export async function readPart(
  model: Model,
  tile: Tile,
  evidence: Evidence[],
  signal?: AbortSignal,
): Promise<PartReading> {
  const { messages, lines, evidence: byId } = tilePrompt(tile, evidence);
  const schema = remarkSchema([...lines.keys()], [...byId.keys()]);
  const answer = await model.generate({ messages, schema, maxTokens: answerTokens, signal });
  const remark = answer.value;
  if (remark === undefined) return { said: false, line: null, probability: null, text: "no answer" };
  const written = answer.text.slice(0, answer.text.indexOf(remark.verdict));
  const probability = await probabilityOfProblem(model, messages, written, signal);
  if (remark.verdict === "no problem") return { said: false, line: null, probability, text: "no problem" };
  const line = lines.get(remark.line) ?? null;
  const material = messages.map(({ content }) => content).join("\n");
  const refused = checkSentence(remark.remark, material);
  return { said: refused === null, line, probability, text: refused ?? remark.remark };
}

/**
 * How likely the model holds "problem" at the place where it wrote its verdict. Of the other verdict only the word that tells
 * them apart is weighed: what follows is forced, and must not make it less likely.
 */
async function probabilityOfProblem(
  model: Model,
  messages: Message[],
  written: string,
  signal?: AbortSignal,
): Promise<number | null> {
  if (model.score === undefined) return null;
  const continuations = [`${written}problem`, `${written}no`];
  const scores = await model.score({ messages, continuations, ...(signal && { signal }) });
  const [problem = 0, none = 0] = scores.map(({ logProbability }) => logProbability);
  return 1 / (1 + Math.exp(none - problem));
}
