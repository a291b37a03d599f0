import { limits } from "../shared/limits.ts";
import { queryWords, searchWords, stem } from "./words.ts";

/** A title says in a few words what the body says in many. */
const TITLE_WEIGHT = 3;

/** Words of a text by their numbers, with how often each stands there. */
export interface WordCounts {
  words: Int32Array;
  counts: Int32Array;
}

/** Numbers for stemmed words, in the order in which they are first met. */
export interface Vocabulary {
  /** New words get the next number. */
  count(text: string): WordCounts;
  /** Undefined for a word that no text had. */
  numberOf(word: string): number | undefined;
  spell(word: number): string;
  size(): number;
}

/** Identifiers and plain words, and numbers that stand alone: versions, error codes, other issues. */
const WORD = /[\p{L}_$][\p{L}\p{N}_$]*|\p{N}+/gu;
const ASCII_WORD = /[A-Za-z_$][\w$]*|\d+/g;

export function createVocabulary(): Vocabulary {
  const numbers = new Map<string, number>();
  const spellings: string[] = [];
  // The same identifiers come again and again, and taking one apart is what costs.
  const known = new Map<string, number[]>();
  let counted = new Int32Array(1024);

  function intern(word: string): number {
    const number = numbers.get(word) ?? spellings.length;
    if (number === spellings.length) {
      numbers.set(word, number);
      spellings.push(word);
      if (counted.length === number) counted = grown(counted);
    }
    return number;
  }

  function numbersOf(identifier: string): number[] {
    let words = known.get(identifier);
    if (words === undefined) {
      words = wordsOf(identifier).map(intern);
      known.set(identifier, words);
    }
    return words;
  }

  return {
    count(text) {
      const met: number[] = [];
      for (const written of writtenWords(text)) {
        for (const word of numbersOf(written)) {
          if (counted[word] === 0) met.push(word);
          counted[word] = (counted[word] as number) + 1;
        }
      }
      const words = Int32Array.from(met);
      const counts = words.map((word) => counted[word] as number);
      for (const word of met) counted[word] = 0;
      return { words, counts };
    },
    numberOf: (word) => numbers.get(word),
    spell: (word) => spellings[word] ?? "",
    size: () => spellings.length,
  };
}

/** As they stand. Most texts are ASCII, for which a simpler pattern finds the same in a third of the time. */
function writtenWords(text: string): string[] {
  // oxlint-disable-next-line no-control-regex -- the first is the first of ASCII
  return text.match(/^[\x00-\x7f]*$/.test(text) ? ASCII_WORD : WORD) ?? [];
}

function grown(counts: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(counts.length * 2);
  larger.set(counts);
  return larger;
}

/** Stemmed words of a text, with repetitions. Words that say nothing stay as they are: "doe" is not "does". */
export function wordsOf(text: string): string[] {
  return writtenWords(text).flatMap((written) => {
    if (/^\p{N}/u.test(written)) return [written];
    return searchWords(written).map((word) => (queryWords(word).size === 0 ? word : stem(word)));
  });
}

/** The title as often as it weighs. */
export function titleText(title: string): string {
  return Array<string>(TITLE_WEIGHT).fill(title.slice(0, limits.issueCharacters)).join(" ");
}

/**
 * The lines of a body that a person wrote: without what every template puts there (headings, hidden comments, unticked
 * boxes, lines that are bold as a whole, the answer that GitHub gives for who left a field empty) and without characters
 * that nobody sees, trimmed. What is behind limits.issueCharacters is not read.
 * @param boilerplate lines of the repository's own templates, trimmed, which nobody wrote either
 */
export function writtenLines(body: string, boilerplate: ReadonlySet<string> = new Set()): string[] {
  return body
    .slice(0, limits.issueCharacters)
    .replace(invisible, "")
    .replace(/<!--[\s\S]*?(?:-->|$)/g, " ")
    .replace(/^#{1,6}[ \t].*$/gm, " ")
    .replace(/^[ \t]*[-*][ \t]*\[[ \t]?\].*$/gm, " ")
    .replace(/^[ \t]*(?:\*\*[^*\n]+\*\*:?|_No response_)[ \t]*\r?$/gm, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !boilerplate.has(line));
}

/** Zero-width characters, variation selectors and the tags by which text is hidden in plain sight. */
const invisible = /[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u{e0000}-\u{e0fff}]/gu;

/** What an issue says, for telling whether an edit changed it: white space and template do not count. */
export function saidBy({ title, body }: { title: string; body: string }, boilerplate?: ReadonlySet<string>): string {
  return [title.trim(), ...writtenLines(body, boilerplate)].join("\n").replace(/\s+/g, " ");
}
