/**
 * Checks a model's sentence against the material it was given: every path, identifier and number in it must occur there.
 * A small model invents these most of all, and an invented name is what a reader forgives least.
 * @returns the reason to keep the sentence back, or null
 */
export function checkSentence(sentence: string, material: string): string | null {
  if (sentence.trim() === "") return "it says nothing";
  const known = new Set(material.match(nameOrNumber) ?? []);
  for (const token of sentence.match(nameOrNumber) ?? []) {
    if (looksTechnical(token) && !known.has(token)) return `"${token}" does not occur in the change or its evidence`;
  }
  return null;
}

const nameOrNumber = /[\p{L}_$][\p{L}\p{N}_$]*|\p{N}+(?:\.\p{N}+)?/gu;

/** Numbers, and words that prose does not have: a capital or underscore inside, a digit, a dollar sign. */
function looksTechnical(token: string): boolean {
  return /^\p{N}/u.test(token) || /[_$\p{N}]/u.test(token) || /\p{Ll}\p{Lu}/u.test(token);
}
