import type { Passage } from "../ask/passage.ts";
import { stemsOf } from "../ask/gather-passages.ts";
import { limits } from "../../shared/limits.ts";
import type { Statement } from "./answer.ts";

/** A sentence of a passage, or a line of code. */
interface Unit {
  text: string;
  source: string;
  stems: Set<string>;
  /** 0-based, in reading order over all passages. */
  order: number;
}

/** How much a new sentence's own worth counts beside its likeness to those chosen (Carbonell and Goldstein 1998). */
const worthShare = 0.7;
/** A fragment of fewer words says nothing by itself. */
const fewestWords = 3;

/**
 * The sentences and lines that answer best, verbatim: by the rarity of the question's words in them and by the score of
 * their passage, with maximal marginal relevance so that they do not repeat each other. A function of its arguments alone.
 */
export function quotePassages(
  question: string,
  passages: readonly Passage[],
  most = limits.quotedAnswers,
): Statement[] {
  const units = passages.flatMap(unitsOf).map((unit, order) => ({ ...unit, order }));
  const worth = worthOf(question, units, passages);
  const chosen: Unit[] = [];
  const left = units.filter((unit) => (worth.get(unit) ?? 0) > 0);
  while (chosen.length < most && left.length > 0) {
    const gain = (unit: Unit): number =>
      worthShare * (worth.get(unit) ?? 0) - (1 - worthShare) * Math.max(0, ...chosen.map((one) => likeness(one, unit)));
    const best = left.reduce((a, b) => (gain(b) > gain(a) ? b : a));
    left.splice(left.indexOf(best), 1);
    if (chosen.length > 0 && (worth.get(best) ?? 0) < leastShare * (worth.get(chosen[0] as Unit) ?? 0)) continue;
    if (chosen.some((one) => likeness(one, best) === 1)) continue;
    chosen.push(best);
  }
  return chosen.map(({ text, source }) => ({ sentence: text, sources: [source] }));
}

/** What is worth less than this share of the best is no answer beside it. */
const leastShare = 0.35;

/** 0..1 */
function worthOf(question: string, units: readonly Unit[], passages: readonly Passage[]): Map<Unit, number> {
  const asked = [...stemsOf(question)];
  const best = Math.max(...passages.map(({ score }) => score), Number.MIN_VALUE);
  const scores = new Map(passages.map(({ id, score }) => [id, score / best]));
  const rarity = new Map(
    asked.map((word) => {
      const count = units.filter(({ stems }) => stems.has(word)).length;
      return [word, Math.log(1 + (units.length - count + 0.5) / (count + 0.5))];
    }),
  );
  const all = asked.reduce((sum, word) => sum + (rarity.get(word) ?? 0), 0);
  return new Map(
    units.map((unit) => {
      const own = asked.reduce((sum, word) => sum + (unit.stems.has(word) ? (rarity.get(word) ?? 0) : 0), 0);
      // The words of the question decide; the passage's score says which of two equal sentences stands in a better place.
      return [
        unit,
        all === 0
          ? (scores.get(unit.source) ?? 0)
          : own === 0
            ? 0
            : (own / all) * (0.5 + 0.5 * (scores.get(unit.source) ?? 0)),
      ];
    }),
  );
}

/** Jaccard's. */
function likeness(a: Unit, b: Unit): number {
  const shared = [...a.stems].filter((word) => b.stems.has(word)).length;
  const all = a.stems.size + b.stems.size - shared;
  return all === 0 ? 1 : shared / all;
}

const prose = /\.(?:md|markdown|mdx|rst|rest|adoc|txt|html?|pdf|docx|tex)$|(?:^|\/)[^./]+$/i;

function unitsOf({ id, document, text }: Passage): Unit[] {
  const texts = prose.test(document) ? sentencesOf(text) : text.split("\n");
  return texts
    .map((unit) => unit.trim())
    .map((unit) => ({ text: unit, source: id, stems: stemsOf(unit), order: 0 }))
    .filter(({ text: unit, stems }) => stems.size >= fewestWords && !unit.startsWith("<!--"));
}

/** Paragraphs are joined over their lines and parted into sentences; list items, table rows and lines of code stand alone. */
function sentencesOf(text: string): string[] {
  const blocks: string[] = [];
  let open = false;
  let fenced = false;
  for (const line of text.split("\n")) {
    const fence = /^\s*(?:```|~~~)/.test(line);
    if (fence) fenced = !fenced;
    const alone = fenced || fence || /^\s*$|^#{1,6}\s|^\s*\||^(?: {4}|\t)|^[=-]{3,}$/.test(line);
    const begins = /^\s*(?:[-*+]|\d+[.)])\s/.test(line);
    if (alone || begins || !open) {
      if (line.trim() !== "" && !fence) blocks.push(line.trim());
    } else blocks[blocks.length - 1] += ` ${line.trim()}`;
    open = !alone;
  }
  return blocks
    .filter((block) => !/^#{1,6}\s|^\|[\s:|-]+\|$/.test(block))
    .flatMap((block) => (block.startsWith("|") ? [block] : block.split(/(?<=[.!?])\s+(?=[\p{Lu}`"'*[(])/u)));
}
