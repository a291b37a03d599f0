import type { CaseOf } from "./answer.ts";

/** Words below which nothing is a sentence. */
const fewestWords = 5;
/** Of the words of a sentence, the share that may stand in the facts one behind the other. */
const mostCopied = 0.8;

/**
 * What is wrong with a sentence about facts: it copies them, leaves out what it is about, or says what they do not. That its
 * names and numbers stand in the facts was checked before.
 */
export function faultOf(sentence: string, facts: CaseOf<"wording">): string | null {
  const words = wordsOf(sentence);
  if (words.length < fewestWords) return "it is no sentence";
  if (longestRun(words, wordsOf(factsOf(facts))) > mostCopied * words.length) return "it copies the facts";
  const plain = words.join(" ");
  const wrong = facts.mustNot.find((claim) => mentions(plain, claim));
  if (wrong !== undefined) return `it says "${wrong}"`;
  const missing = facts.must.find((choices) => !choices.some((choice) => mentions(plain, choice)));
  return missing ? `it does not mention ${missing[0]}` : null;
}

/** The facts as src/tasks/review/word-findings.ts lays a finding out. */
export function factsOf({ title, body, evidence }: CaseOf<"wording">): string {
  return [title, body, ...evidence.map(({ path, why }) => `${path}: ${why}`)].join("\n");
}

/** Words and numbers in lower case; what stands between them does not count. */
function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
}

/** Where a word of the text begins as the choice does: `use` is mentioned by `uses`. */
function mentions(plain: string, choice: string): boolean {
  return ` ${plain}`.includes(` ${wordsOf(choice).join(" ")}`);
}

/** Words of `part` that stand in `whole` one behind the other, at most. */
function longestRun(part: readonly string[], whole: readonly string[]): number {
  let longest = 0;
  let before: number[] = [];
  for (const word of part) {
    const row = whole.map((other, at) => (other === word ? (before[at - 1] ?? 0) + 1 : 0));
    longest = Math.max(longest, ...row);
    before = row;
  }
  return longest;
}
