import { isTestPath } from "../../retrieval/ordinary-path.ts";
import { limits } from "../../shared/limits.ts";
import { contentRoots, contentStems } from "../ask/content-words.ts";
import type { Passage } from "../ask/passage.ts";
import type { Statement } from "./answer.ts";
import { type QuotableText, quotableTexts } from "./quotable-texts.ts";

/** What each root of the question says of what is meant, where that is known of more than the passages. */
export type WordWeights = ReadonlyMap<string, number>;

/** A sentence of a passage, or a line of code. */
interface Unit extends QuotableText {
  source: string;
  roots: Set<string>;
  /** By which it is compared with others: "round" and "rounded" may say different things. */
  stems: Set<string>;
  /** 0..1, how well it answers. */
  worth: number;
}

/** How much a sentence's own worth counts beside its likeness to those chosen (Carbonell and Goldstein 1998). */
const worthShare = 0.7;
/** What is worth less than this share of the best is no answer beside it. */
const leastShare = 0.5;
/** A fragment of fewer words says nothing by itself; a line of code needs more than a sentence. */
const fewestWords = { prose: 2, code: 3 };
/** What a word in the headings above counts beside one in the sentence. */
const headingShare = 0.4;
/** A line of code names things; a sentence says something about them. */
const codeShare = 0.7;
/** A test holds examples. */
const testShare = 0.6;
/** Of a sentence's worth, what the worst place leaves. */
const leastPlace = 0.5;

/**
 * The sentences and lines that answer best: by the rarity of the question's words in them, and by the score of their passage
 * and how much of the question it holds; with maximal marginal relevance so that they do not repeat each other. A function
 * of its arguments alone.
 * @param weights without them, what is rare among the passages says more
 */
export function quotePassages(
  question: string,
  passages: readonly Passage[],
  { weights, most = limits.quotedAnswers }: { weights?: WordWeights | undefined; most?: number } = {},
): Statement[] {
  const left = unitsOf(question, passages, weights);
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

function unitsOf(question: string, passages: readonly Passage[], weights: WordWeights | undefined): Unit[] {
  const units = passages.flatMap((passage) =>
    quotableTexts(passage)
      .map((text) => ({ ...text, passage, roots: contentRoots(text.text), stems: contentStems(text.text) }))
      .filter(({ code, roots }) => roots.size >= (code ? fewestWords.code : fewestWords.prose))
      // What a sentence announces stands elsewhere.
      .filter(({ code, text }) => code || !text.endsWith(":")),
  );
  const known = units.map(({ roots }) => roots);
  const asked = weights ?? rarityOf(contentRoots(question), known);
  const all = weightOf(asked, new Set(asked.keys()));
  const places = placesOf(passages, asked);
  return units.map(({ passage, ...unit }) => {
    const above = contentRoots((passage.heading ?? []).join("\n"));
    const own = weightOf(asked, unit.roots);
    const named = weightOf(asked, without(above, unit.roots)) * headingShare;
    // The question's words decide; of two equal sentences that in the better passage is taken.
    const place = leastPlace + (1 - leastPlace) * (places.get(passage) ?? 0);
    const words = all === 0 ? 1 : own === 0 ? 0 : (own + named) / all;
    const kind = (unit.code ? codeShare : 1) * (isTestPath(passage.document) ? testShare : 1);
    return { ...unit, source: passage.id, worth: words * place * kind };
  });
}

/** 0..1: a passage's score, and the share of the question's words that it holds, each beside the best one's. */
function placesOf(passages: readonly Passage[], asked: WordWeights): Map<Passage, number> {
  const held = passages.map(({ document, heading, text }) =>
    weightOf(asked, contentRoots([document, ...(heading ?? []), text].join("\n"))),
  );
  const mostHeld = Math.max(Number.MIN_VALUE, ...held);
  const bestScore = Math.max(Number.MIN_VALUE, ...passages.map(({ score }) => score));
  return new Map(passages.map((passage, i) => [passage, (passage.score / bestScore) * ((held[i] ?? 0) / mostHeld)]));
}

function weightOf(asked: WordWeights, roots: ReadonlySet<string>): number {
  let sum = 0;
  for (const [root, weight] of asked) if (roots.has(root)) sum += weight;
  return sum;
}

function without(roots: ReadonlySet<string>, others: ReadonlySet<string>): Set<string> {
  return new Set([...roots].filter((root) => !others.has(root)));
}

/** Inverse document frequency of each word among the units. */
function rarityOf(words: ReadonlySet<string>, units: readonly Set<string>[]): Map<string, number> {
  return new Map(
    Array.from(words, (word) => {
      const count = units.filter((roots) => roots.has(word)).length;
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
