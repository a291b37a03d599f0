import { searchWords, stem } from "../../retrieval/words.ts";

/**
 * Words that say nothing about a question's subject. Unlike in a search for code, keywords of programming languages say
 * something here: "which collections are private".
 */
const functionWords = new Set(
  (
    "an and are as at be been being but by can could did do does doing for from had has have having he her here him his how " +
    "if in into is it its itself just may me might more most much must my no nor not of off on once one only or other our " +
    "out over own please she should so some such than that the their them then there these they this those through to too " +
    "under until up us very was we were what when where which while who whom why will with would you your " +
    "about after again all also any because before below between both down during each few further same " +
    "tell say says said give show explain describe compare summarise summarize write list find let"
  ).split(" "),
);

/** Stems of the distinct words of a text that say something. */
export function contentStems(text: string): Set<string> {
  const words = searchWords(text).filter((word) => word.length > 1 && !functionWords.has(word));
  return new Set(words.map(stem));
}
