import { limits } from "../../shared/limits.ts";
import { type DatasetExample, type Split, splits } from "./example.ts";

/** Lines shorter than this stand everywhere. */
const tellingCharacters = 8;
/** An answer with fewer telling lines is compared as a whole. */
const fewestLines = 3;

/**
 * Takes out of each part what an earlier one answers already: the same answer, but for white space, or one with most of its lines:
 * commits that were picked onto another branch, reverted or made once more. Within a part the same conversation stays once.
 */
export function withoutRepeats(parts: Record<Split, DatasetExample[]>): {
  examples: Record<Split, DatasetExample[]>;
  repeated: number;
} {
  const index = openAnswerIndex();
  const examples: Record<Split, DatasetExample[]> = { train: [], validation: [], test: [] };
  let repeated = 0;
  for (const part of splits) {
    const conversations = new Set<string>();
    for (const example of parts[part]) {
      const whole = squeezed(example.messages.map(({ content }) => content).join("\n"));
      if (conversations.has(whole) || index.holds(example)) repeated++;
      else examples[part].push(example);
      conversations.add(whole);
    }
    for (const example of examples[part]) index.add(example);
  }
  return { examples, repeated };
}

interface AnswerIndex {
  add(example: DatasetExample): void;
  holds(example: DatasetExample): boolean;
}

function openAnswerIndex(): AnswerIndex {
  const whole = new Set<string>();
  const byLine = new Map<string, number[]>();
  let count = 0;
  return {
    add(example) {
      whole.add(keyOf(example));
      const at = count++;
      for (const line of tellingLines(example)) byLine.set(line, [...(byLine.get(line) ?? []), at]);
    },
    holds(example) {
      // "Nothing" is said of many parts, and is no secret.
      if (example.source.learntFrom === "no later change") return false;
      if (whole.has(keyOf(example))) return true;
      const lines = tellingLines(example);
      if (lines.size < fewestLines) return false;
      const shared = new Map<number, number>();
      for (const line of lines) for (const at of byLine.get(line) ?? []) shared.set(at, (shared.get(at) ?? 0) + 1);
      return Math.max(0, ...shared.values()) >= limits.datasetRepeatShare * lines.size;
    },
  };
}

/** The task and the answer; short remarks are the same by chance, so that there the question counts too. */
function keyOf(example: DatasetExample): string {
  const answer = example.messages.at(-1)?.content ?? "";
  const isShort = example.task === "review" && tellingLines(example).size < fewestLines;
  const asked = isShort ? (example.messages.at(-2)?.content ?? "") : "";
  return `${example.task} ${squeezed(answer)} ${squeezed(asked)}`;
}

function tellingLines({ messages }: DatasetExample): Set<string> {
  const lines = (messages.at(-1)?.content ?? "").split("\n").map(squeezed);
  return new Set(lines.filter((line) => line.length >= tellingCharacters));
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, "");
}
