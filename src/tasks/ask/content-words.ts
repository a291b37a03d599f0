import { searchWords, stem } from "../../retrieval/words.ts";

/**
 * Words that say nothing about a question's subject. Unlike in a search for code, keywords of programming languages say
 * something here: "which collections are private".
 */
const functionWords = new Set(
  (
    "an and are as at be been being but by can could did do does doing for from had has have having he her here him his how " +
    "if in into is it its itself just many may me might more most much must my no nor not of off on once one only or other our " +
    "out over own please she should so some such than that the their them then there these they this those through to too " +
    "under until up us very was we were what when where which while who whom why will with would you your " +
    "about after again all also any because before below between both down during each few further same " +
    "tell say says said give show explain describe compare summarise summarize write list find let use used uses using"
  ).split(" "),
);

/** Stems of the distinct words of a text that say something. */
export function contentStems(text: string): Set<string> {
  return new Set(contentWords(text).map(stem));
}

/** Roots of the same, which verbs share in all their forms: who asks what "is limited" is answered by a "limit". */
export function contentRoots(text: string): Set<string> {
  return new Set(contentWords(text).map(rootOf));
}

/** The forms in which a root may stand in a text. */
export function formsOf(root: string): string[] {
  const doubled = `${root}${root.at(-1) ?? ""}`;
  const endings = ["", "e", "s", "es", "ed", "ing"].map((ending) => root + ending);
  return [...endings, `${doubled}ed`, `${doubled}ing`, root.replace(/y$/, "ies"), root.replace(/y$/, "ied")];
}

function contentWords(text: string): string[] {
  return searchWords(text).filter((word) => word.length > 1 && !functionWords.has(word));
}

/** After the endings of Porter's first step (1980), which are taken off where a word with a vowel is left. */
function rootOf(word: string): string {
  const singular = stem(word).replace(/ied$/, "y");
  const [, verb] = /^(.*[aeiouy].*)(?:ed|ing)$/.exec(singular) ?? [];
  if (verb !== undefined && verb.length > 2) return withoutE(verb.replace(/([^aeioulsz])\1$/, "$1"));
  return withoutE(singular);
}

function withoutE(word: string): string {
  return word.length > 3 ? word.replace(/e$/, "") : word;
}
