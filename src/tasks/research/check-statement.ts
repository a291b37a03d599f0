import { contentStems } from "../ask/content-words.ts";
import type { Passage } from "../ask/passage.ts";
import { checkSentence } from "../check-sentence.ts";

/** Share of a sentence's own words that must stand in what it cites: below it the sentence is about something else. */
const groundedShare = 0.5;

/**
 * Checks a sentence against the passages it cites: names, numbers and paths must occur there, and most of its words. It
 * finds what is invented or cited wrongly; whether a sentence turns its source's meaning round it cannot see.
 * @param besides more that names may come from
 * @returns the reason to drop it, or null
 */
export function checkStatement(sentence: string, cited: readonly Passage[], besides = ""): string | null {
  if (cited.length === 0) return "it cites nothing";
  const read = cited.map(({ document, heading, text }) => [document, ...(heading ?? []), text].join("\n")).join("\n");
  const material = `${read}\n${besides}`;
  const technical = checkSentence(sentence, material);
  if (technical !== null) return technical.replace("the change or its evidence", "what it cites");
  const invented = [...pathsIn(sentence), ...namesIn(sentence)].find((name) => !holds(material, name));
  if (invented !== undefined) return `"${invented}" does not occur in what it cites`;
  const words = contentStems(sentence);
  const known = contentStems(material);
  const grounded = [...words].filter((word) => known.has(word)).length;
  if (words.size === 0) return "it says nothing";
  return grounded < words.size * groundedShare ? "most of its words do not occur in what it cites" : null;
}

/** `src/a.ts`, `/etc/hosts`, `config.yml`; `read/write` and `e.g.` are none. */
function pathsIn(sentence: string): string[] {
  const found = sentence.match(/[\w@~.-]*(?:\/[\w@.-]+)+|\b[\w-]{2,}(?:\.[\w-]+)*\.[a-z]{1,5}\b/g) ?? [];
  return found
    .map((path) => path.replace(/[.]+$/, ""))
    .filter((path) => !path.includes("/") || /\.[a-z]\w*$|\/.*\/|^[/.~]/i.test(path));
}

/** Capitalised words within a sentence; at its begin a capital says nothing. */
function namesIn(sentence: string): string[] {
  return Array.from(sentence.matchAll(/(?<=[\p{L}\p{N},;)"'`] ["'`(]?)\p{Lu}[\p{L}\p{N}]{2,}/gu), ([name]) => name);
}

function holds(material: string, name: string): boolean {
  return material.toLowerCase().includes(name.toLowerCase());
}
