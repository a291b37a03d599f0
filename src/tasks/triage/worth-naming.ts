import type { Suspect } from "../../retrieval/localise.ts";

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
