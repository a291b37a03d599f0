import type { EngramView } from "../engram/engram.ts";
import { type CodeLine, isCodeLine, type LineReader } from "./code-lines.ts";

/** A file of the head that is searched for copies, possibly many times: its lines are read once, when first needed. */
export interface SearchedFile {
  path: string;
  /** Verbatim; the first is line 1. */
  lines: string[];
  /** Null for what is no code. */
  codeLine(line: number): CodeLine | null;
  /** Whether the change put this line there. */
  isWritten(line: number): boolean;
}

/**
 * Files by path, null where the view has no text.
 * @param written numbers of the lines that the change put into each file
 */
export function createFileCache(
  view: EngramView,
  written: ReadonlyMap<string, ReadonlySet<number>>,
  reader: LineReader,
): (path: string) => SearchedFile | null {
  const files = new Map<string, SearchedFile | null>();

  function open(path: string): SearchedFile | null {
    const text = view.text(path);
    if (text === null) return null;
    const lines = text.split("\n");
    const codeLines: (CodeLine | null | undefined)[] = [];
    const readLine = (line: number): CodeLine | null => {
      const content = lines[line - 1] ?? "";
      return isCodeLine(content, path) ? reader.read(content, line) : null;
    };
    return {
      path,
      lines,
      isWritten: (line) => written.get(path)?.has(line) ?? false,
      codeLine: (line) => (codeLines[line] === undefined ? (codeLines[line] = readLine(line)) : codeLines[line]),
    };
  }

  return (path) => {
    let file = files.get(path);
    if (file === undefined) {
      file = open(path);
      files.set(path, file);
    }
    return file;
  };
}
