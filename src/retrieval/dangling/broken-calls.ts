import { bracketed, splitArguments } from "../symbols/arguments.ts";
import { type Misfit, misfit } from "../symbols/call-fits.ts";
import { type Signature, wholeWord } from "../symbols/signature.ts";
import type { ChangedDefinition } from "./changed-definitions.ts";

/**
 * Why a call on this line no longer fits a changed signature, in a few words; null where it does, or where nobody can tell.
 * @param line 1-based
 * @param isWritten whether the change wrote this line: its author had the new signature in mind
 */
export function brokenCall(
  {
    name,
    family,
    signatures,
    newLine,
    file,
  }: Pick<ChangedDefinition, "name" | "family" | "signatures" | "newLine" | "file">,
  path: string,
  lines: readonly string[],
  line: number,
  isWritten: boolean,
): string | null {
  if (signatures === null || isWritten || (path === file.path && line === newLine)) return null;
  const text = lines.slice(line - 1, line + 59).join("\n");
  const calls = text.slice(0, (lines[line - 1] ?? "").length).matchAll(new RegExp(wholeWord(name).source, "g"));
  for (const { index } of calls) {
    const opening = /^\s*(?:<[^()]*?>|::<[^()]*?>|\[[^()\]]*\])?!?\(/.exec(text.slice(index + name.length));
    const list = opening === null ? null : bracketed(text, index + name.length + opening[0].length - 1, family);
    if (list === null) continue;
    const args = splitArguments(list.inside, family);
    const wrong = misfit(family, args, signatures.before, signatures.after);
    if (wrong !== null) return wording(wrong, name, args.length, signatures.after);
    const awaited = missesAwait(text.slice(0, index), text.slice(list.end), signatures);
    if (awaited) return `does not wait for ${name}, which now gives a promise`;
  }
  return null;
}

function wording(wrong: Misfit, name: string, count: number, after: Signature): string {
  const parameters = after.parameters.map(({ name: one, optional }) => (optional ? `${one}?` : one)).join(", ");
  switch (wrong) {
    case "arguments":
      return `calls ${name} with ${count} ${count === 1 ? "argument" : "arguments"}; it now takes (${parameters})`;
    case "order":
      return `calls ${name} in the old order; it now takes (${parameters})`;
    case "name":
      return `names an argument of ${name} that is gone; it now takes (${parameters})`;
  }
}

/** A result that became a promise, used at once. */
function missesAwait(before: string, after: string, signatures: { before: Signature; after: Signature }): boolean {
  const isPromise = (type: string) => /^(?:Promise|PromiseLike|Task|ValueTask|Future)\b/.test(type);
  if (signatures.before.result === "" || isPromise(signatures.before.result) || !isPromise(signatures.after.result)) {
    return false;
  }
  return !/\b(?:await|return|yield|=>)\s*[\w$.?!()]*$/.test(before) && !/^\s*\.(?:then|catch|finally)\b/.test(after);
}
