import type { FoundPassage } from "../ask/passage.ts";

/** A sentence, a list item, a table row or a line of code, on one line. Lines are 1-based, of the document. */
export interface QuotableText {
  text: string;
  startLine: number;
  endLine: number;
  code: boolean;
}

interface Block extends QuotableText {
  /** Whether the next line may go on with it. */
  open: boolean;
}

const proseName = /\.(?:md|markdown|mdx|rst|rest|adoc|txt|html?|pdf|docx|tex)$|(?:^|\/)[^./]+$/i;
const comment = /^\s*(?:\/\*\*?|\*\/?|\/\/[/!]?|#+:?(?!!)|--|;+|%)\s?/;
const pythonName = /\.pyi?$/;
const listMark = /^\s*(?:[-*+•]|\d+[.)])\s+/;
const reStructured = /\.re?st$/i;
/** Headings, hidden comments, and what of reStructuredText's marks holds no sentence: directives, targets. */
const mute =
  /^#{1,6}\s|^<!--|^\s*\.\. (?!(?:note|warning|tip|hint|caution|important|seealso|versionadded|versionchanged|deprecated)::)[\w:-]+::|^\s*\.\. _/;
const fence = /^\s*(?:```+|~~~+)\s*(\S*)/;
const underline = /^([=~^"'`*+#-])\1{2,}\s*$/;
/** `:param name:`, `@returns`: each stands for itself. */
const field = /^\s*(?::\w[^:]*:|@\w)/;
const quotationMark = /^ {0,3}(?:> ?)+/;

/**
 * A passage in pieces that can be quoted, without the marks of lists and quotations: paragraphs of documents and comments of
 * code (docstrings, too) are joined over their lines and parted into sentences; list items, table rows and lines of code stand alone.
 */
export function quotableTexts({ document, startLine, text }: FoundPassage): QuotableText[] {
  const lines = text.split("\n");
  const blocks = proseName.test(document)
    ? proseBlocks(lines, startLine, reStructured.test(document) ? literalLines(lines) : indentedLines(lines))
    : codeBlocks(pythonName.test(document) ? asComments(lines) : lines, startLine);
  return blocks.flatMap((block) => (block.code ? [plain(block)] : sentencesOf(block)));
}

/** Of Markdown: code is what is indented. */
function indentedLines(lines: readonly string[]): boolean[] {
  return lines.map((line) => /^(?: {4,}|\t)\S/.test(line));
}

/** Of reStructuredText: code is what is indented below `::` or a directive of code; other directives hold prose. */
function literalLines(lines: readonly string[]): boolean[] {
  let above: number | null = null;
  return lines.map((line) => {
    if (line.trim() === "") return false;
    const indent = line.search(/\S/);
    if (above !== null && indent > above) return true;
    const opens = /^\s*\.\. (?:code|code-block|sourcecode|parsed-literal|doctest|math)::/.test(line);
    above = opens || /^(?!\s*\.\. ).*::\s*$/.test(line) ? indent : null;
    return false;
  });
}

function proseBlocks(lines: readonly string[], first: number, codeLines: readonly boolean[]): Block[] {
  const blocks: Block[] = [];
  let fenced = beginsFenced(lines);
  let quoted = false;
  for (const [i, written] of lines.entries()) {
    // Within a fence only one that stands in a quotation itself has its marks.
    const line: string = fenced && !quoted ? written : written.replace(quotationMark, "");
    if (fence.test(line)) {
      fenced = !fenced;
      quoted = line !== written;
      blocks.push(blockOf("", first + i, true));
      continue;
    }
    const heading = !fenced && (mute.test(line) || underline.test(line) || isTitle(line, lines[i + 1]));
    const code = fenced || codeLines[i] === true;
    const row = /^\s*\|/.test(line);
    const item = code || row ? null : listMark.exec(line);
    const begins = code || row || item !== null;
    if (heading || line.trim() === "" || /^[\s|:-]+$/.test(line)) blocks.push(blockOf("", first + i, true));
    else if (begins || blocks.at(-1)?.open !== true)
      blocks.push({ ...blockOf(line.slice(item?.[0].length ?? 0), first + i, code), open: !code && !row });
    else goOn(blocks.at(-1), line, first + i);
  }
  return blocks.filter(({ text }) => text !== "");
}

/** A passage may begin within a fence: then the first mark names no language, and the next one opens another. */
function beginsFenced(lines: readonly string[]): boolean {
  const languages = lines.flatMap((line) => fence.exec(line.replace(quotationMark, ""))?.[1] ?? []);
  return languages[0] === "" && (languages.length % 2 === 1 || languages[1] !== "");
}

/** A line that an underline of at least its own length makes a heading, as in reStructuredText. */
function isTitle(line: string, next = ""): boolean {
  return /^\S/.test(line) && underline.test(next) && next.trimEnd().length >= line.trimEnd().length;
}

function codeBlocks(lines: readonly string[], first: number): Block[] {
  const blocks: Block[] = [];
  for (const [i, line] of lines.entries()) {
    const isComment = comment.test(line);
    const bare = isComment ? line.replace(comment, "").replace(/\s*\*\/\s*$/, "") : line;
    if (bare.trim() === "") blocks.push(blockOf("", first + i, true));
    else if (!isComment) blocks.push(blockOf(bare, first + i, true));
    else if (blocks.at(-1)?.open === true && !field.test(bare)) goOn(blocks.at(-1), bare, first + i);
    else blocks.push({ ...blockOf(bare, first + i, false), open: true });
    if (/\*\/\s*$/.test(line) && blocks.at(-1)) (blocks.at(-1) as Block).open = false;
  }
  return blocks.filter(({ text }) => text !== "");
}

/** Lines of Python's docstrings as comments. One that the passage begins within is taken for code. */
function asComments(lines: readonly string[]): string[] {
  let quotes: string | null = null;
  return lines.map((line) => {
    const opening = quotes === null ? /^\s*[rRuU]?("""|''')/.exec(line) : null;
    quotes ??= opening?.[1] ?? null;
    if (quotes === null) return line;
    const text = line.slice(opening?.[0].length ?? 0);
    const end = text.indexOf(quotes);
    if (end >= 0) quotes = null;
    return `# ${(end < 0 ? text : text.slice(0, end)).trim()}`;
  });
}

function blockOf(line: string, at: number, code: boolean): Block {
  return { text: line.trim(), startLine: at, endLine: at, code, open: false };
}

function goOn(block: Block | undefined, line: string, at: number): void {
  if (block === undefined) return;
  block.text += `\n${line.trim()}`;
  block.endLine = at;
}

/** Sentences with the lines that each stands on. */
function sentencesOf({ text, startLine }: Block): QuotableText[] {
  const sentences = text.split(/(?<=[.!?]["')*`]*)\s+(?=[\p{Lu}`"'*[(])/u);
  let at = 0;
  return sentences.map((sentence) => {
    const begin = text.indexOf(sentence, at);
    at = begin + sentence.length;
    return {
      text: sentence.replace(/\s*\n\s*/g, " "),
      startLine: startLine + linesBefore(text, begin),
      endLine: startLine + linesBefore(text, at),
      code: false,
    };
  });
}

function linesBefore(text: string, index: number): number {
  return text.slice(0, index).split("\n").length - 1;
}

function plain({ text, startLine, endLine, code }: Block): QuotableText {
  return { text, startLine, endLine, code };
}
