/** TYPE FILE of the knowledge stage: a document as plain text from which a citation can be taken. */

/** How a document is read; `text` is everything that is text already, source code too. */
export type DocumentKind = "markdown" | "restructuredtext" | "asciidoc" | "html" | "pdf" | "docx" | "text";

export interface TextDocument {
  /** Path by which it is added and cited, with forward slashes. */
  name: string;
  kind: DocumentKind;
  /**
   * Markdown-like: each page begins with a line `<!-- page 12 -->`, headings are `#` lines, line ends are \n. Place-of.ts
   * finds page and heading of a line in it.
   */
  text: string;
  /** Of a document that has pages. */
  pages: number | null;
  /** What the reader should know: pages without text, an encoding that was guessed. One clause each. */
  notes: string[];
}

/** What the readers of the formats give back. */
export type ReadText = Pick<TextDocument, "text" | "pages" | "notes">;
