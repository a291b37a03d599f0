import { limits } from "../shared/limits.ts";
import { decodeText } from "./decode-text.ts";
import { documentError, tooLarge } from "./document-errors.ts";
import { kindOf } from "./document-kinds.ts";
import type { DocumentKind, ReadText, TextDocument } from "./text-document.ts";
import { tidyText } from "./tidy-text.ts";

/**
 * A document as text with marks for pages and headings (place-of.ts). What is text already is kept line by line.
 * Errors: AssistantError `document-…`, one for everything that can be wrong with a file; each names the file and the remedy.
 * @param name path by which it will be cited; its extension says how it is read
 */
export async function readDocument(name: string, bytes: Uint8Array): Promise<TextDocument> {
  if (bytes.length === 0) throw empty(name);
  if (bytes.length > limits.documentBytes) throw tooLarge(name, limits.documentBytes, "bytes");
  const kind = kindOf(name, bytes);
  const read = await readAs(kind, name, bytes);
  const text = tidyText(read.text);
  if (text.trim() === "") throw empty(name);
  if (text.length > limits.documentCharacters) {
    throw tooLarge(name, limits.documentCharacters, "characters");
  }
  return { ...read, name, kind, text };
}

/** The libraries are loaded on demand: they are most of the time that a search would take otherwise. */
async function readAs(kind: DocumentKind, name: string, bytes: Uint8Array): Promise<ReadText> {
  switch (kind) {
    case "pdf":
      return (await import("./read-pdf.ts")).readPdf(name, bytes);
    case "docx":
      return (await import("./read-docx.ts")).readDocx(name, bytes);
    case "html":
      return readHtml(name, bytes);
    default:
      return { ...decodeText(name, bytes), pages: null };
  }
}

async function readHtml(name: string, bytes: Uint8Array): Promise<ReadText> {
  const { declaredEncoding, htmlToMarkedText } = await import("./read-html.ts");
  const { text, notes } = decodeText(name, bytes, declaredEncoding(bytes));
  if (text.length > limits.documentCharacters) {
    throw tooLarge(name, limits.documentCharacters, "characters");
  }
  const read = htmlToMarkedText(text);
  return { ...read, pages: null, notes: [...notes, ...read.notes] };
}

function empty(name: string) {
  return documentError(name, "empty", "holds no text", "Leave it out, or see whether it was saved.");
}
