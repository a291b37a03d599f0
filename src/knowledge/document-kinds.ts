import { extname } from "node:path/posix";
import { documentError } from "./document-errors.ts";
import type { DocumentKind } from "./text-document.ts";

const kindsByExtension: Readonly<Record<string, DocumentKind>> = {
  ".md": "markdown",
  ".markdown": "markdown",
  ".mdx": "markdown",
  ".mkd": "markdown",
  ".rst": "restructuredtext",
  ".rest": "restructuredtext",
  ".adoc": "asciidoc",
  ".asciidoc": "asciidoc",
  ".html": "html",
  ".htm": "html",
  ".xhtml": "html",
  ".pdf": "pdf",
  ".docx": "docx",
};

/** What the first bytes say, whatever the name is. */
const signatures: readonly { bytes: string; is: "pdf" | "zip" | "ole" }[] = [
  { bytes: "%PDF-", is: "pdf" },
  { bytes: "PK\u0003\u0004", is: "zip" },
  { bytes: "\u00d0\u00cf\u0011\u00e0", is: "ole" },
];

/** The kind that a name promises. Every other name promises text: source code and data are documents too. */
export function kindOfName(name: string): DocumentKind {
  return kindsByExtension[extname(name).toLowerCase()] ?? "text";
}

/**
 * The kind of a document by its name, held against its first bytes.
 * Errors: AssistantError `document-kind` where the two disagree, `document-encrypted` for a DOCX with a password.
 */
export function kindOf(name: string, bytes: Uint8Array): DocumentKind {
  const kind = kindOfName(name);
  const found = signatureOf(bytes);
  if (kind === "pdf" || kind === "docx") {
    const expected = kind === "pdf" ? "pdf" : "zip";
    if (found === expected) return kind;
    if (kind === "docx" && found === "ole") throw lockedOrOld(name);
    throw documentError(name, "kind", `is no ${kind.toUpperCase()}`, otherName(found));
  }
  if (found === null) return kind;
  const is = { pdf: "a PDF", zip: "a ZIP archive (or DOCX)", ole: "an old Office file" }[found];
  throw documentError(name, "kind", `is ${is}, not text`, otherName(found));
}

function signatureOf(bytes: Uint8Array): "pdf" | "zip" | "ole" | null {
  const head = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
  return signatures.find((signature) => head.startsWith(signature.bytes))?.is ?? null;
}

function otherName(found: "pdf" | "zip" | "ole" | null): string {
  if (found === "pdf") return "Give it a name that ends in .pdf.";
  if (found === "zip") return "A Word document needs a name that ends in .docx; unpack an archive first.";
  if (found === "ole") return "Save it as .docx or PDF.";
  return "Give it the extension of what it is: .md, .txt, .rst, .adoc, .html, .pdf or .docx.";
}

function lockedOrOld(name: string) {
  const remedy = "Remove the password, or save it as .docx.";
  return documentError(name, "encrypted", "is a Word document with a password, or one in the old format", remedy);
}
