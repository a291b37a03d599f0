import type { Model } from "../../src/model/model.ts";

export interface TimedAnswer {
  tokens: number;
  ms: number;
  /** Until the first piece of text. */
  firstMs: number;
  /** Writing alone, from the first piece on. */
  tokensPerSecond: number;
}

/** One request, timed from outside. */
export async function timeAnswer(model: Model, prompt: string, tokens: number): Promise<TimedAnswer> {
  const started = performance.now();
  let first = 0;
  const answer = await model.generate({
    messages: prompt,
    maxTokens: tokens,
    onText: () => (first ||= performance.now()),
  });
  const ended = performance.now();
  const tokensPerSecond = ((answer.generatedTokens - 1) / (ended - first)) * 1000;
  return { tokens: answer.generatedTokens, ms: ended - started, firstMs: first - started, tokensPerSecond };
}

/**
 * A text of about so many tokens that no model has computed yet, and that a small model goes on with for long: a listing
 * whose lines differ. The number in its first line is new each time, so that nothing of it is warm.
 */
export async function freshPrompt(model: Model, tokens: number): Promise<string> {
  const head = `// revision ${process.hrtime.bigint()}\n`;
  const lines: string[] = [];
  const lineTokens = await model.countTokens(lineOf(10));
  const room = tokens - (await model.countTokens(head));
  while (lines.length * lineTokens < room) lines.push(lineOf(lines.length));
  return head + lines.join("");
}

function lineOf(number: number): string {
  return `export function pageOf${number}(orders, size) { return orders.slice(${number} * size, ${number + 1} * size); }\n`;
}
