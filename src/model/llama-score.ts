import type { ControlledEvaluateInputItem, LlamaModel, Token } from "node-llama-cpp";
import { holdCores, prefill, type HeldCores, type Slot } from "./llama-slot.ts";
import type { Score } from "./model.ts";

/** Tokens whose probabilities are asked for in one evaluation: each brings the whole vocabulary with it. */
const tokensPerEvaluation = 8;
/** The library counts probabilities in 32 bits, where what is less likely becomes 0: its logarithm would be no number. */
const leastProbability = 2 ** -149;

/** Tokens of a text that goes on with another: without the space that some tokenizers put before each text. */
export function continuationTokens(model: LlamaModel, text: string): Token[] {
  return model.tokenize(text, false, "trimLeadingSpace");
}

/**
 * How likely the model holds each continuation of a prompt. The prompt is evaluated once and its last token tells about
 * the first token of every continuation; the others are evaluated one continuation after another.
 * Errors: the signal's reason.
 */
export async function scoreIn(
  slot: Slot,
  prompt: readonly Token[],
  continuations: readonly Token[][],
  signal: AbortSignal,
): Promise<Score[]> {
  await prefill(slot, prompt, signal);
  const cores = holdCores(slot, "scoring", signal);
  try {
    const [first] = await nextProbabilities(slot, cores, prompt.slice(-1));
    const scores: Score[] = [];
    for (const tokens of continuations) {
      let logProbability = logarithm(first?.get(tokens[0] as Token));
      for (let at = 0; at + 1 < tokens.length; at += tokensPerEvaluation) {
        const part = tokens.slice(at, Math.min(at + tokensPerEvaluation, tokens.length - 1));
        const probabilities = await nextProbabilities(slot, cores, part);
        for (const [index, next] of probabilities.entries()) {
          logProbability += logarithm(next.get(tokens[at + index + 1] as Token));
        }
      }
      scores.push({ tokens: tokens.length, logProbability });
      if (tokens.length > 1) await backTo(slot, cores, prompt, signal);
    }
    return scores;
  } finally {
    cores.release();
  }
}

/** For each token, evaluated after what the context holds: the probabilities of what may come next. */
async function nextProbabilities(
  { sequence }: Slot,
  cores: HeldCores,
  tokens: readonly Token[],
): Promise<Map<Token, number>[]> {
  await cores.ready();
  // At temperature 0 nothing is left out or reweighted: the probabilities are the model's own.
  const input = tokens.map((token): ControlledEvaluateInputItem => [token, { generateNext: { probabilities: true } }]);
  const outputs = await sequence.controlledEvaluate(input);
  return outputs.map((output) => output?.next.probabilities ?? new Map<Token, number>());
}

function logarithm(probability = 0): number {
  return Math.min(0, Math.log(Math.max(probability, leastProbability)));
}

async function backTo(slot: Slot, cores: HeldCores, prompt: readonly Token[], signal: AbortSignal): Promise<void> {
  const { sequence } = slot;
  await sequence.eraseContextTokenRanges([{ start: prompt.length, end: sequence.nextTokenIndex }]);
  if (sequence.nextTokenIndex === prompt.length) return;
  // A model that cannot go back reads its prompt again.
  cores.release();
  await prefill(slot, prompt, signal);
  await nextProbabilities(slot, cores, prompt.slice(-1));
}
