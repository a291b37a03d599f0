import { readBlobs } from "../shared/git-objects.ts";
import { limits } from "../shared/limits.ts";
import type { FileDiff } from "./diff.ts";

/**
 * The files whose first lines say that a program wrote them. What stood there before the change counts: no change takes a
 * file out of its review by writing a line on top of it. Of a new file there is only the new text.
 */
export async function readGeneratedHeaders(
  gitDir: string,
  files: readonly FileDiff[],
  signal?: AbortSignal,
): Promise<FileDiff[]> {
  const readable = files.filter((file) => !file.binary && textOf(file) !== null);
  const generated: FileDiff[] = [];
  let next = 0;
  const blobs = readBlobs(
    gitDir,
    readable.map((file) => textOf(file) ?? ""),
    signal,
  );
  for await (const { data } of blobs) {
    const file = readable[next++];
    const beginning = data.subarray(0, limits.headerCharacters).toString("utf8");
    if (file !== undefined && saysGenerated(beginning)) generated.push(file);
  }
  return generated;
}

function textOf({ oldBlob, newBlob }: FileDiff): string | null {
  return oldBlob ?? newBlob;
}

/** Whether a comment among the first lines of a text says that a program wrote it. */
export function saysGenerated(text: string): boolean {
  const lines = text.slice(0, limits.headerCharacters).split("\n").slice(0, limits.headerLines);
  const comments = lines.flatMap((line) => COMMENT.exec(line)?.[1] ?? []).join(" ");
  return MARKS.some((mark) => mark.test(comments));
}

/** A line that begins as a comment does, in any language: code that only mentions a mark says nothing of its own file. */
const COMMENT = /^\s*(?:\/\/+|\/\*+|\*+|#+|--+|;+|%+|<!--|\(\*|"""|''')\s?(.*)/;

const MARKS = [
  // What Go's tools agreed on, and many others took over.
  /\bcode generated\b.{0,200}\bdo not edit\b/i,
  /(?:^|\s)@generated\b/,
  /<auto-?generated\b/i,
  /\b(?:auto(?:matically)?[- ]?generated|generated (?:by|from|with|using))\b.{0,200}\bdo not (?:edit|modify|change|touch)\b/i,
  /\bdo not (?:edit|modify|change|touch)\b.{0,200}\b(?:auto(?:matically)?[- ]?generated|generated (?:by|from|with|using))\b/i,
  /\bthis (?:file|code) (?:is|was|has been) (?:auto|automatically)[- ]?generated\b/i,
];
