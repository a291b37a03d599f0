import type { Command } from "commander";
import { limits } from "../shared/limits.ts";

/** Parts of a command that stay on one line: quoted words, in which a shell would read a break, and options with their values. */
const commandParts = /(?:-{1,2}[a-zA-Z][\w-]* +(?!-))?(?:"[^"]*"|'[^']*'|[^\s"'])+/g;
/** `  command   what it does`: two spaces or more part what is typed from what is said about it. */
const termAndNote = /^( +\S.*?) {2,}(?=\S)(.*)$/;

export interface HelpStream {
  columns?: number;
  write(text: string): unknown;
}

/** Lets a command's help, and that of the commands below it, fit the stream that it is printed on. */
export function layOutHelp(command: Command, out: HelpStream, err: HelpStream): void {
  // What a verb takes stands in its own help.
  command.configureHelp({ minWidthToWrap: limits.helpNoteColumns, subcommandTerm: (verb) => verb.name() });
  command.configureOutput({
    getOutHelpWidth: () => helpColumns(out),
    getErrHelpWidth: () => helpColumns(err),
    writeOut: (text) => out.write(fitHelp(text, helpColumns(out))),
    writeErr: (text) => err.write(fitHelp(text, helpColumns(err))),
  });
  for (const below of command.commands) layOutHelp(below, out, err);
}

/**
 * Columns for a help text: the terminal's, else those that COLUMNS names, else 80. No more than limits.helpColumns: longer
 * lines are hard to read.
 */
export function helpColumns({ columns }: HelpStream, env: NodeJS.ProcessEnv = process.env): number {
  const named = /^[1-9]\d{0,4}$/.test(env["COLUMNS"] ?? "") ? Number(env["COLUMNS"]) : limits.plainHelpColumns;
  return Math.min(columns ?? named, limits.helpColumns);
}

/**
 * Lines of a help text that are wider than `columns`, broken: sentences anew from their first word, notes below themselves,
 * commands with a backslash, so that they can be copied. What fits stays as it was written.
 */
export function fitHelp(text: string, columns: number): string {
  return joinSentences(text.split("\n"), columns)
    .flatMap((line) => (line.length <= columns ? [line] : breakLine(line, columns)))
    .join("\n");
}

/** Lines that were broken by hand, as one; only of a paragraph in which a line is too wide. */
function joinSentences(lines: readonly string[], columns: number): string[] {
  const isText = (line: string | undefined): line is string => line !== undefined && /^\S/.test(line);
  const joined: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const paragraph = [lines[at] ?? ""];
    while (isText(lines[at]) && !/[.:]$/.test(lines[at] ?? "") && isText(lines[at + 1])) {
      paragraph.push(lines[++at] ?? "");
    }
    const isWide = paragraph.some((line) => line.length > columns);
    joined.push(...(isWide ? [paragraph.join(" ")] : paragraph));
  }
  return joined;
}

function breakLine(line: string, columns: number): string[] {
  const indent = /^ */.exec(line)?.[0] ?? "";
  const [, term, note = ""] = termAndNote.exec(line) ?? [];
  if (term === undefined)
    return isCommand(line) ? breakCommand(line, indent, columns) : breakWords(line, indent, columns);
  const start = line.length - note.length;
  if (columns - start >= limits.helpNoteColumns) {
    const [first = "", ...rest] = breakWords(note, " ".repeat(start), columns);
    return [`${line.slice(0, start)}${first.trimStart()}`, ...rest];
  }
  return [...fitHelp(term, columns).split("\n"), ...breakWords(note, `${indent}      `, columns)];
}

function isCommand(line: string): boolean {
  return /^ .*\bassistant \S|^ +curl /.test(line);
}

function breakWords(text: string, indent: string, columns: number): string[] {
  return fill(text.match(/\S+/g) ?? [], indent, indent, columns);
}

function breakCommand(line: string, indent: string, columns: number): string[] {
  const broken = fill(line.match(commandParts) ?? [], indent, `${indent}    `, columns - " \\".length);
  return broken.map((part, at) => (at < broken.length - 1 ? `${part} \\` : part));
}

function fill(parts: readonly string[], first: string, further: string, columns: number): string[] {
  const lines: string[] = [];
  let line = first;
  for (const part of parts) {
    const isEmpty = line.trim() === "";
    if (!isEmpty && line.length + 1 + part.length > columns) {
      lines.push(line);
      line = further + part;
    } else line += isEmpty ? part : ` ${part}`;
  }
  return [...lines, line];
}
