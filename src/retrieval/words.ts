import { searchWords } from "../shared/search-words.ts";

export { identifiersIn, partsOf, searchWords } from "../shared/search-words.ts";

/** Harman's S-stemmer (1991): plurals only, which is what issue texts profit from. */
export function stem(word: string): string {
  if (/[^ea]ies$/.test(word)) return word.slice(0, -3) + "y";
  if (/[^aeo]es$/.test(word)) return word.slice(0, -1);
  if (/[^us]s$/.test(word)) return word.slice(0, -1);
  return word;
}

const COMMON_WORDS = new Set(
  (
    "the and for are was were with this that from have has had not but you your can could should would will when where " +
    "what which who how why then than there here its it's i'm into onto some any all also just only very too does did " +
    "doesn't don't get got use used using after before because while about over under out our their they them these " +
    "those been being more most such via per yes " +
    "const let var function return import export default class new async await null undefined true false none self " +
    "def elif else if try catch except finally throw raise public private protected static void int string type " +
    "interface extends implements package func struct impl pub mut use mod end nil echo require include case break continue"
  ).split(" "),
);

/** The distinct words of a query that say something about a place. */
export function queryWords(text: string): Set<string> {
  return new Set(searchWords(text).filter((word) => !isCommonWord(word)));
}

/** Words that say nothing about a place in code: English function words, keywords, and everything of two letters. */
function isCommonWord(word: string): boolean {
  return word.length < 3 || COMMON_WORDS.has(word);
}
