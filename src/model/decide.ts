import { z } from "zod";
import type { Message, Model, Priority, Prompt } from "./model.ts";

export interface DecideRequest {
  /** The question; what there is to choose from is written after it. */
  messages: Prompt;
  /** 2 to 26 different texts. */
  options: readonly string[];
  /**
   * What is weighed. `letters` (default): the options are listed as A, B, C … in this order and in reverse, and the letter
   * of each is weighed: all are one token long, so that none is at a disadvantage for its length, and two orders weaken the
   * habit of preferring a place. `text`: the options themselves as continuations, which suits models that only go on with
   * text; a long option is then less likely than a short one for its length alone.
   */
  by?: "letters" | "text";
  priority?: Priority;
  deadline?: number;
  signal?: AbortSignal;
}

export interface Decision {
  option: string;
  /** Of each option, together 1; null where the back end does not tell likelihoods and the model wrote its choice. */
  probabilities: number[] | null;
}

/**
 * Lets a model choose one of several options. The same request gives the same decision; of options that are equally likely
 * the first is chosen.
 * Errors: those of `Model.generate`.
 */
export async function decide(model: Model, request: DecideRequest): Promise<Decision> {
  const { options } = request;
  if (options.length < 2 || options.length > letters.length || new Set(options).size < options.length) {
    throw new TypeError(`a model chooses between 2 to ${letters.length} different options, not ${options.join(", ")}`);
  }
  if (model.score === undefined) return writtenChoice(model, request);
  const weights = request.by === "text" ? await weighTexts(model, request) : await weighLetters(model, request);
  const probabilities = softmax(weights);
  const best = probabilities.indexOf(Math.max(...probabilities));
  return { option: options[best] as string, probabilities };
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

async function weighTexts(model: Model, { messages, options, ...how }: DecideRequest): Promise<number[]> {
  const continuations = options.map((option) => continuation(messages, option));
  return scoresOf(model, messages, continuations, how);
}

/** The mean of the logarithms over both orders. */
async function weighLetters(model: Model, { messages, options, ...how }: DecideRequest): Promise<number[]> {
  const weights = options.map(() => 0);
  for (const order of [options, options.toReversed()]) {
    const list = order.map((option, index) => `${letters[index]}: ${option}`).join("\n");
    const prompt = withMore(messages, `\n\n${list}\n\nAnswer with the letter only.`, "\nAnswer:");
    const continuations = order.map((_, index) => continuation(messages, letters[index] as string));
    const scores = await scoresOf(model, prompt, continuations, how);
    for (const [index, score] of scores.entries()) {
      weights[options.indexOf(order[index] as string)]! += score / 2;
    }
  }
  return weights;
}

async function scoresOf(
  model: Model,
  messages: Prompt,
  continuations: string[],
  { signal, priority, deadline }: Partial<DecideRequest>,
): Promise<number[]> {
  const scores = await model.score?.({ messages, continuations, signal, priority, deadline });
  return (scores ?? []).map(({ logProbability }) => logProbability);
}

/** A chat template ends with a line break; a plain text goes on with a word. */
function continuation(prompt: Prompt, text: string): string {
  return typeof prompt === "string" ? ` ${text}` : text;
}

/** Appends to the last thing that the user said, or to a plain text. */
function withMore(prompt: Prompt, more: string, endOfPlain: string): Prompt {
  if (typeof prompt === "string") return prompt + more + endOfPlain;
  const at = prompt.findLastIndex(({ role }) => role === "user");
  if (at < 0) throw new TypeError("a question to a model needs a user's message");
  const last = prompt[at] as Message;
  return prompt.with(at, { role: last.role, content: last.content + more });
}

function softmax(logarithms: readonly number[]): number[] {
  const most = Math.max(...logarithms);
  const shares = logarithms.map((one) => Math.exp(one - most));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/** Tokens of the JSON around an option; the option has at most one for each of its bytes. */
const envelopeTokens = 24;

async function writtenChoice(model: Model, { messages, options, ...how }: DecideRequest): Promise<Decision> {
  const list = options.map((option) => `- ${option}`).join("\n");
  const { value } = await model.generate({
    messages: withMore(messages, `\n\nAnswer with one of:\n${list}`, "\nAnswer as JSON:"),
    schema: z.object({ answer: z.enum(options as [string, ...string[]]) }),
    maxTokens: envelopeTokens + Math.max(...options.map((option) => Buffer.byteLength(JSON.stringify(option)))),
    signal: how.signal,
    priority: how.priority,
    deadline: how.deadline,
  });
  return { option: value?.answer as string, probabilities: null };
}
