import { limits } from "../../shared/limits.ts";
import type { OnEvent } from "../ask/events.ts";
import type { Passage } from "../ask/passage.ts";
import type { AnswerPart, DroppedStatement, Statement } from "./answer.ts";
import { checkStatement } from "./check-statement.ts";
import type { PartForm } from "./forms.ts";

/** What a model has written so far, each statement checked as it comes. */
export interface CheckedStatements {
  add(key: string, written: Statement): void;
  /** Another attempt begins. */
  clear(): void;
  /** Of the form, in its order, also the empty ones. */
  parts(): AnswerPart[];
  dropped(): DroppedStatement[];
}

export function checkedStatements(
  task: string,
  form: readonly PartForm[],
  passages: readonly Passage[],
  onEvent?: OnEvent,
): CheckedStatements {
  const kept = new Map<string, Statement[]>();
  let dropped: DroppedStatement[] = [];

  function add(key: string, written: Statement): void {
    const part = form.find((one) => one.key === key);
    if (part === undefined) return;
    const sources = [...new Set(written.sources)];
    // Several sentences in one are checked one by one: one that is true must not carry another.
    const sentences = sentencesOf(written.sentence);
    for (const [i, sentence] of sentences.entries()) {
      const unfinished = i === sentences.length - 1 && isCutOff(written.sentence);
      if (unfinished) dropped.push({ sentence, sources, reason: "it is not finished" });
      else addOne(key, part, { sentence, sources });
    }
  }

  function addOne(key: string, part: PartForm, statement: Statement): void {
    const cited = passages.filter(({ id }) => statement.sources.includes(id));
    const said = [...kept.values()].flat().some(({ sentence }) => sentence === statement.sentence);
    const besides = part.namesOfTask ? task : "";
    const reason = said ? "it was said before" : checkAnswer(task, statement.sentence, cited, besides);
    if (reason !== null) {
      dropped.push({ ...statement, reason });
      return;
    }
    kept.set(key, [...(kept.get(key) ?? []), statement]);
    onEvent?.({ type: "sentence", part: part.title, ...statement });
  }

  return {
    add,
    clear() {
      kept.clear();
      dropped = [];
    },
    parts: () => form.map(({ key, title }) => ({ title, statements: kept.get(key) ?? [] })),
    dropped: () => dropped,
  };
}

/** A question word for word is no answer; the same words in another order may well be one. */
function checkAnswer(task: string, sentence: string, cited: readonly Passage[], besides: string): string | null {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim();
  if (plain(task).includes(plain(sentence))) return "it repeats the question";
  return checkStatement(sentence, cited, besides);
}

function sentencesOf(text: string): string[] {
  return text
    .replace(/\s+/g, " ")
    .trim()
    .split(/(?<=[.!?]["')`]*) (?=[\p{Lu}`"'(])/u);
}

/** The grammar ends a text that is too long wherever it is. */
function isCutOff(text: string): boolean {
  return text.length >= limits.statementCharacters - 1 && !/[.!?]["')`]*\s*$/.test(text);
}
