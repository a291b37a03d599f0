import { extname } from "node:path/posix";
import { limits } from "../shared/limits.ts";
import { documentError } from "./document-errors.ts";

/**
 * An engram indexes files up to limits.indexedFileBytes. A longer document is kept in parts, each a file of its own:
 * `book.pdf`, `book#2.pdf`, `book#3.pdf`.
 */
export function partName(document: string, part: number): string {
  const extension = extname(document);
  return part === 1 ? document : `${document.slice(0, document.length - extension.length)}#${part}${extension}`;
}

/** The document that a file of an engram belongs to, and which part of it it is. */
export function partOf(path: string): { document: string; part: number } {
  const [, stem = "", digits = "", extension = ""] = /^(.*)#([1-9]\d*)(\.[^./]*)?$/s.exec(path) ?? [];
  return digits === "" ? { document: path, part: 1 } : { document: stem + extension, part: Number(digits) };
}

/**
 * A name under which a document can be kept and cited.
 * Errors: AssistantError `document-name`.
 */
export function checkDocumentName(name: string): void {
  const isPath = name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  if (isPath && !/\p{Cc}/u.test(name) && partOf(name).part === 1 && partOf(name).document === name) {
    return;
  }
  const cause = "is no name for a document (parts that lead elsewhere, control characters, or #NUMBER at its end)";
  throw documentError(JSON.stringify(name), "name", cause, "Rename the file.");
}

/**
 * The text in pieces of at most `most` bytes, cut before a page or a heading where there is one in the last half of a piece,
 * else before a line. The pieces are the text when they are put together.
 */
export function divideText(text: string, most: number = limits.indexedFileBytes): string[] {
  if (Buffer.byteLength(text) <= most) return [text];
  const parts: string[] = [];
  let part: string[] = [];
  let bytes = 0;
  for (const line of text.split(/(?<=\n)/)) {
    const size = Buffer.byteLength(line);
    if (bytes + size > most && part.length > 0) {
      const rest = part.splice(cutOf(part));
      parts.push(part.join(""));
      part = rest;
      bytes = Buffer.byteLength(rest.join(""));
    }
    part.push(line);
    bytes += size;
  }
  return [...parts, part.join("")];
}

function cutOf(lines: readonly string[]): number {
  const marks = [/^<!-- page \d+ -->$/m, /^#{1,6} /];
  for (const mark of marks) {
    const at = lines.findLastIndex((line) => mark.test(line));
    if (at > lines.length / 2) return at;
  }
  return lines.length;
}
