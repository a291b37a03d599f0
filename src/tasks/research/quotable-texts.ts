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
const comment = /^\s*(?:\/\*\*?|\*\/?|\/\/[/!]?|#+(?!!)|--|;+|%)\s?/;

/**
 * A passage in pieces that can be quoted: paragraphs of documents and comments of code are joined over their lines and parted
 * into sentences; list items, table rows and lines of code stand alone.
 */
export function quotableTexts({ document, startLine, text }: FoundPassage): QuotableText[] {
  const lines = text.split("\n");
  const blocks = proseName.test(document) ? proseBlocks(lines, startLine) : codeBlocks(lines, startLine);
  return blocks.flatMap((block) => (block.code ? [plain(block)] : sentencesOf(block)));
}

function proseBlocks(lines: readonly string[], first: number): Block[] {
  const blocks: Block[] = [];
  let fenced = false;
  for (const [i, line] of lines.entries()) {
    if (/^\s*(?:```|~~~)/.test(line)) {
      fenced = !fenced;
      blocks.push(blockOf("", first + i, true));
      continue;
    }
    const heading = !fenced && /^#{1,6}\s|^[=~-]{3,}\s*$|^<!--/.test(line);
    const code = fenced || /^(?: {4,}|\t)\S/.test(line);
    const row = /^\s*\|/.test(line);
    const begins = code || row || /^\s*(?:[-*+•]|\d+[.)])\s/.test(line);
    if (heading || line.trim() === "" || /^[\s|:-]+$/.test(line)) blocks.push(blockOf("", first + i, true));
    else if (begins || blocks.at(-1)?.open !== true)
      blocks.push({ ...blockOf(line, first + i, code), open: !code && !row });
    else goOn(blocks.at(-1), line, first + i);
  }
  return blocks.filter(({ text }) => text !== "");
}

function codeBlocks(lines: readonly string[], first: number): Block[] {
  const blocks: Block[] = [];
  for (const [i, line] of lines.entries()) {
    const isComment = comment.test(line);
    const bare = isComment ? line.replace(comment, "").replace(/\s*\*\/\s*$/, "") : line;
    if (bare.trim() === "") blocks.push(blockOf("", first + i, true));
    else if (!isComment) blocks.push(blockOf(bare, first + i, true));
    else if (blocks.at(-1)?.open === true) goOn(blocks.at(-1), bare, first + i);
    else blocks.push({ ...blockOf(bare, first + i, false), open: true });
    if (/\*\/\s*$/.test(line) && blocks.at(-1)) (blocks.at(-1) as Block).open = false;
  }
  return blocks.filter(({ text }) => text !== "");
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
