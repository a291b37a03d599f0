import type { getDocumentProxy } from "unpdf";
import { limits } from "../shared/limits.ts";
import { damaged, documentError, tooLarge } from "./document-errors.ts";
import { pageMark } from "./place-of.ts";
import type { ReadText } from "./text-document.ts";

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;

/**
 * Text of a PDF, page by page, in the order in which the file draws it. A word that is divided at the end of a line is put
 * together again. Scripts in the file are not run; pictures are not read.
 * Errors: AssistantError `document-encrypted`, `document-scanned`, `document-large`, `document-damaged`.
 */
export async function readPdf(name: string, bytes: Uint8Array): Promise<ReadText> {
  const pdf = await openPdf(name, bytes);
  try {
    if (pdf.numPages > limits.documentPages) throw tooLarge(name, limits.documentPages, "pages");
    return await readPages(name, pdf);
  } finally {
    await pdf.destroy();
  }
}

async function openPdf(name: string, bytes: Uint8Array): Promise<Pdf> {
  const unpdf = await import("unpdf");
  try {
    // A copy, because the reader takes the bytes over; verbosity 0, because it would write warnings on standard output.
    return await unpdf.getDocumentProxy(new Uint8Array(bytes), { verbosity: 0, stopAtErrors: false });
  } catch (error) {
    if (error instanceof Error && error.name === "PasswordException") {
      const remedy = "Save it without a password, and add it again.";
      throw documentError(name, "encrypted", "is a PDF with a password", remedy, error);
    }
    throw damaged(name, "PDF", error);
  }
}

async function readPages(name: string, pdf: Pdf): Promise<ReadText> {
  const pages: string[] = [];
  const empty: number[] = [];
  let left: number = limits.documentCharacters;
  for (let number = 1; number <= pdf.numPages; number++) {
    const text = await readPage(name, pdf, number, left);
    left -= text.length;
    if (text.trim() === "") empty.push(number);
    else pages.push(`${pageMark(number)}\n${joinDividedWords(text).trim()}\n`);
  }
  if (pages.length === 0) {
    const remedy = "It is probably scanned: run text recognition over it first, for example ocrmypdf IN OUT.";
    throw documentError(name, "scanned", "is a PDF without text", remedy);
  }
  const notes = empty.length === 0 ? [] : [`no text on ${pageList(empty)} (pictures or scanned)`];
  return { text: pages.join("\n"), pages: pdf.numPages, notes };
}

/** Read in pieces, so that a page that unpacks to gigabytes is given up in time. */
async function readPage(name: string, pdf: Pdf, number: number, most: number): Promise<string> {
  let text = "";
  try {
    const page = await pdf.getPage(number);
    const reader = (page.streamTextContent() as ReadableStream<{ items: object[] }>).getReader();
    for (let read = await reader.read(); !read.done && text.length <= most; read = await reader.read()) {
      for (const item of read.value.items) {
        if ("str" in item) text += `${String(item.str)}${"hasEOL" in item && item.hasEOL === true ? "\n" : ""}`;
      }
    }
    await reader.cancel().catch(() => {});
    page.cleanup();
  } catch (error) {
    throw damaged(name, `PDF (page ${number})`, error);
  }
  if (text.length > most) throw tooLarge(name, limits.documentCharacters, "characters");
  return text;
}

/** "infor-\nmation" becomes "information\n": a search for the word would miss its halves. */
function joinDividedWords(text: string): string {
  return text.replace(/(\p{Ll}{2})[-\u00ad]\n(\p{Ll}{2,}\S*) ?/gu, "$1$2\n");
}

/** "page 3", "pages 3, 7 and 12 more". */
function pageList(pages: readonly number[]): string {
  const named = pages.slice(0, 5).join(", ");
  const more = pages.length > 5 ? ` and ${pages.length - 5} more` : "";
  return `${pages.length === 1 ? "page" : "pages"} ${named}${more}`;
}
