import { contentStems } from "./content-words.ts";
import type { Block } from "./material.ts";
import type { Turn } from "./turn.ts";

/** With fewer words of its own a question may go on with what was said before. */
const ownWords = 3;
/** It does where it begins as one goes on, or points at what was named. */
const goesOn =
  /^\W*(?:and|but|or|so|then|also|else|why|how so|what about|how about|what if)\b|\b(?:it|its|that|this|these|those|they|them|their|there|same|other|others|one|ones|instead)\b/i;

/**
 * What is searched for: "and for redis?" alone would find redis and nothing of what was talked about. A short question
 * that stands by itself is searched for by itself, or it would be answered with what was asked before.
 */
export function retrievalQuery(question: string, turns: readonly Turn[]): string {
  const last = turns.at(-1);
  const words = contentStems(question).size;
  if (last === undefined || words >= ownWords || (words > 0 && !goesOn.test(question))) return question;
  return `${question}\n${last.question}`;
}

/**
 * Earlier turns as blocks of a prompt, oldest first, the newest that fit. They hold a model's words: they are material.
 * @returns the blocks and their tokens
 */
export async function earlierTurns(
  turns: readonly Turn[],
  tokens: number,
  countTokens: (text: string) => Promise<number>,
): Promise<{ blocks: Block[]; tokens: number }> {
  const blocks: Block[] = [];
  let used = 0;
  for (const { question, answer } of turns.toReversed()) {
    const block = { title: "EARLIER TURN", text: `Question: ${question}\nAnswer: ${answer}` };
    const cost = await countTokens(`${block.title}\n${block.text}\n`);
    if (used + cost > tokens) break;
    blocks.unshift(block);
    used += cost;
  }
  return { blocks, tokens: used };
}
