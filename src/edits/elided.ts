import { findElisions } from "../shared/find-elisions.ts";

/** Comments that only end in dots, and name nothing that was left out. */
const onlyTrailsOff = /^(?:\/\/|#|\/\*+|<!--|--|;|%)\s*[\p{L}\p{N}].*(?:\.{3}|…)/u;
const namesCode =
  /\b(?:rest|remainder|remaining|existing|other|previous|same|here|unchanged|so on|etc|implement\w*)\b/i;

/**
 * A line of the new text that stands for code that was left out; null where there is none. What stood in the old text as
 * often is none, and a comment that only trails off is one only where lines got lost.
 */
export function elisionIn(before: string, after: string): string | null {
  const old = new Map<string, number>();
  for (const { text } of findElisions(before)) old.set(text, (old.get(text) ?? 0) + 1);
  const shrinks = after.split("\n").length < before.split("\n").length;
  const found = [...findElisions(after), ...unchangedMarks(after)].find(({ text }) => {
    const left = old.get(text) ?? 0;
    old.set(text, left - 1);
    return left <= 0 && (shrinks || !onlyTrailsOff.test(text) || namesCode.test(text));
  });
  return found?.text ?? null;
}

/** `# ... unchanged`, `// (unchanged)`, `/* no changes *\/`. */
function unchangedMarks(text: string): { text: string }[] {
  return text.split("\n").flatMap((line) => {
    const mark =
      /^\s*(?:\/\/|#|\/\*+|<!--|--|;|%)\s*[([{]?\s*(?:unchanged|no changes?|as (?:is|before)|omitted|snip(?:ped)?)\b/i;
    return mark.test(line) && findElisions(line).length === 0 ? [{ text: line.trim() }] : [];
  });
}
