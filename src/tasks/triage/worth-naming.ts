import { repositoryConfigPath } from "../../config/repository-config.ts";
import type { EngramView } from "../../engram/engram.ts";
import type { Suspect } from "../../retrieval/localise.ts";
import { queryWords, searchWords, stem } from "../../retrieval/words.ts";

/** Lists that rest on what the text itself names. */
const NAMED = new Set(["stack trace", "named in the text", "named files", "named commits"]);

/** Lists that rest on words of the text, by what they look at; two of one kind say the same thing twice. */
const WORDS: Readonly<Record<string, string>> = {
  code: "code",
  "code without paths": "code",
  title: "code",
  "defined names": "names",
  "words of paths": "paths",
  "past messages": "history",
  "closest messages": "history",
  "messages of files": "history",
};

/**
 * A text of which the repository knows fewer of the words is in another language, or about something else: there one word in
 * common is a coincidence. In a text that it knows, one may be the right one.
 */
const KNOWN_SHARE = 1 / 3;
const WORDS_LOOKED_AT = 100;

/**
 * Whether a suspect is worth a reader's time: something speaks for it, more than a word by coincidence, and it is not what
 * tells this program how to behave, which holds the words of its own commands.
 */
export function isWorthNaming(
  suspect: Suspect,
  { text, view, floor }: { text: string; view: EngramView; floor: number },
): boolean {
  const { path, contributions } = suspect;
  if (!isSupported(suspect, floor)) return false;
  if (path === repositoryConfigPath) return text.includes(path);
  if (contributions.some(({ list }) => NAMED.has(list))) return true;
  const asked = [...queryWords(text)].slice(0, WORDS_LOOKED_AT);
  const stems = new Set(asked.map(stem));
  const words = searchWords(`${path}\n${view.text(path) ?? ""}`).map(stem);
  if (new Set(words.filter((word) => stems.has(word))).size !== 1) return true;
  return asked.filter((word) => view.pathsWithToken(word).length > 0).length >= KNOWN_SHARE * asked.length;
}

/**
 * Some file is always the first of every list. That is a reason to name it only where the text names it too, where no other
 * file shares more words, or where two different things hold its words. Habits, such as what is often changed, are none.
 * @param floor learnt from this repository's past: what scores less was right too seldom
 */
export function isSupported({ contributions, searchScore }: Suspect, floor: number): boolean {
  const named = contributions.some(({ list }) => NAMED.has(list));
  if (!named && searchScore < floor) return false;
  const first = contributions.some(({ list, rank }) => rank === 1 && WORDS[list] === "code");
  const kinds = new Set(contributions.flatMap(({ list }) => WORDS[list] ?? []));
  return named || first || kinds.size > 1;
}
