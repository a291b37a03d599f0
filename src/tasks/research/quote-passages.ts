import { limits } from "../../shared/limits.ts";
import { contentStems } from "../ask/content-words.ts";
import type { Passage } from "../ask/passage.ts";
import type { Statement } from "./answer.ts";
import { type QuotableText, quotableTexts } from "./quotable-texts.ts";

/** A sentence of a passage, or a line of code. */
interface Unit extends QuotableText {
  source: string;
  stems: Set<string>;
  /** 0..1, how well it answers. */
  worth: number;
}

/** How much a sentence's own worth counts beside its likeness to those chosen (Carbonell and Goldstein 1998). */
const worthShare = 0.7;
/** What is worth less than this share of the best is no answer beside it. */
const leastShare = 0.35;
/** A fragment of fewer words says nothing by itself; a line of code needs more than a sentence. */
const fewestWords = { prose: 2, code: 3 };
/** What a word in the headings above counts beside one in the sentence. */
const headingShare = 0.4;
/** A line of code names things; a sentence says something about them. */
const codeShare = 0.7;

/**
 * The sentences and lines that answer best: by the rarity of the question's words in them and by the score of their passage,
 * with maximal marginal relevance so that they do not repeat each other. A function of its arguments alone.
 */
export function quotePassages(
  question: string,
  passages: readonly Passage[],
  most: number = limits.quotedAnswers,
): Statement[] {
  const left = unitsOf(question, passages);
  const floor = leastShare * Math.max(0, ...left.map(({ worth }) => worth));
  const chosen: Unit[] = [];
  while (chosen.length < most && left.length > 0) {
    const gain = (unit: Unit): number => worthShare * unit.worth - (1 - worthShare) * likenessToAny(unit, chosen);
    const best = left.reduce((a, b) => (gain(b) > gain(a) ? b : a));
    left.splice(left.indexOf(best), 1);
    if (best.worth > 0 && best.worth >= floor && likenessToAny(best, chosen) < 1) chosen.push(best);
  }
  return chosen.map(({ text, source, startLine, endLine }) => ({
    sentence: text,
    sources: [source],
    lines: { startLine, endLine },
  }));
}

function unitsOf(question: string, passages: readonly Passage[]): Unit[] {
  const asked = contentStems(question);
  const units = passages.flatMap((passage) =>
    quotableTexts(passage)
      .map((text) => ({ ...text, passage, stems: contentStems(text.text) }))
      .filter(({ code, stems }) => stems.size >= (code ? fewestWords.code : fewestWords.prose))
      // What a sentence announces stands elsewhere.
      .filter(({ code, text }) => code || !text.endsWith(":")),
  );
  const rarity = rarityOf(
    asked,
    units.map(({ stems }) => stems),
  );
  const all = [...rarity.values()].reduce((sum, weight) => sum + weight, 0);
  const bestScore = Math.max(Number.MIN_VALUE, ...passages.map(({ score }) => score));
  return units.map(({ passage, ...unit }) => {
    const above = contentStems((passage.heading ?? []).join("\n"));
    let own = 0;
    let named = 0;
    for (const [word, weight] of rarity) {
      if (unit.stems.has(word)) own += weight;
      else if (above.has(word)) named += weight * headingShare;
    }
    // The question's words decide; of two equal sentences that in the better passage is taken.
    const place = 0.5 + (0.5 * passage.score) / bestScore;
    const words = all === 0 ? 1 : own === 0 ? 0 : (own + named) / all;
    return { ...unit, source: passage.id, worth: words * place * (unit.code ? codeShare : 1) };
  });
}

/** Inverse document frequency of each word among the units. */
function rarityOf(words: ReadonlySet<string>, units: readonly Set<string>[]): Map<string, number> {
  return new Map(
    Array.from(words, (word) => {
      const count = units.filter((stems) => stems.has(word)).length;
      return [word, Math.log(1 + (units.length - count + 0.5) / (count + 0.5))];
    }),
  );
}

function likenessToAny(unit: Unit, chosen: readonly Unit[]): number {
  return Math.max(0, ...chosen.map((other) => likeness(unit, other)));
}

/** Jaccard's. */
function likeness(a: Unit, b: Unit): number {
  const shared = [...a.stems].filter((word) => b.stems.has(word)).length;
  const all = a.stems.size + b.stems.size - shared;
  return all === 0 ? 1 : shared / all;
}
