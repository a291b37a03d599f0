import { readFileSync } from "node:fs";
import { skippedByContent } from "../engram/classify.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";

/**
 * A file that is asked for. `-` is standard input.
 * Errors: AssistantError `cannot-read-file`, `query-not-text`, `empty-query`.
 */
export function readQueryFile(file: string): { text: string; name: string } {
  const data = readBytes(file);
  checkKind(data, file);
  return { text: checkQueryText(data.toString("utf8"), file), name: file };
}

/** The text itself. Errors: AssistantError `query-not-text`, `empty-query`. */
export function checkQueryText(text: string, name: string): string {
  if (text.trim() === "") {
    throw new AssistantError(`${name} is empty`, { code: "empty-query", remedy: "Ask with at least one word." });
  }
  checkKind(Buffer.from(text), name);
  return text;
}

/**
 * An issue: long logs and lines of data are read as they are, unlike in what is searched for as a whole.
 * Errors: AssistantError `cannot-read-file`, `query-not-text`, `empty-query`.
 */
export function readIssueFile(file: string): string {
  const data = readBytes(file);
  if (data.includes(0)) {
    throw new AssistantError(`${file} is no text`, { code: "query-not-text", remedy: "Give the words of an issue." });
  }
  return checkIssueText(data.toString("utf8"), file === "-" ? "standard input" : file);
}

/** The text itself. Errors: AssistantError `empty-query`. */
export function checkIssueText(text: string, name: string): string {
  if (text.trim() !== "") return text;
  throw new AssistantError(`${name} is empty`, { code: "empty-query", remedy: "Ask with at least one word." });
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    throw new AssistantError(`${file} cannot be read: ${messageOf(error)}`, {
      code: "cannot-read-file",
      remedy: "Check the path, or give the text itself: --text.",
      cause: error,
    });
  }
}

/** What is not searched is no question either. */
function checkKind(data: Buffer, name: string): void {
  const reason = skippedByContent(data);
  if (reason === null) return;
  const reasons: Record<string, string> = {
    large: `it has more than ${limits.indexedFileBytes} bytes`,
    "long-lines": `it has a line of more than ${limits.indexedLineCharacters} characters`,
    "lfs-pointer": "it is a pointer to a file in Git LFS",
  };
  throw new AssistantError(`${name} is no text that can be looked for: ${reasons[reason] ?? `it is ${reason}`}`, {
    code: "query-not-text",
    remedy: "Ask with source code or words; a part of them is enough.",
  });
}
