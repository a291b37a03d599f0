import { codeSpanParts } from "../shared/code-spans.ts";
import { limits } from "../shared/limits.ts";
import { sanitize } from "../shared/sanitize.ts";

export interface ParsedCommand {
  /** Lower-cased; `help` where none was given. Not necessarily a command that exists. */
  verb: string;
  /** The rest of the line, sanitised; may be empty. */
  argument: string;
}

/**
 * The first `/assistant VERB …` of a comment, or null. It must stand at the start of a line, and not in a quote, fenced or
 * indented code or an HTML comment: what somebody shows is not what they ask for, and what nobody sees must not act.
 */
export function parseCommand(body: string): ParsedCommand | null {
  for (const { text } of plainLines(body)) {
    const match = commandLine.exec(text.slice(0, limits.commandCharacters));
    if (match) return { verb: (match[1] ?? "help").toLowerCase(), argument: sanitize(match[2] ?? "").trim() };
  }
  return null;
}

/** What stands below the command's line, code blocks too, sanitised; empty where there is no command. */
export function textBelowCommand(body: string): string {
  const line = plainLines(body).find(({ text }) => commandLine.test(text.slice(0, limits.commandCharacters)));
  return line === undefined
    ? ""
    : sanitize(
        linesOf(body)
          .slice(line.index + 1)
          .join("\n"),
      ).trim();
}

/** The lines of a comment that its author says as they stand: no code, no HTML comments. 0-based indices. */
export function plainLines(body: string): { index: number; text: string }[] {
  const plain: { index: number; text: string }[] = [];
  let place: Place = { kind: "text" };
  for (const [index, text] of linesOf(body).entries()) {
    const before = place;
    place = nextPlace(before, text);
    // A line that opens or closes a block is no command itself.
    if (before.kind === "text") plain.push({ index, text });
  }
  return plain;
}

function linesOf(body: string): string[] {
  return body.slice(0, limits.commentCharacters).split(/\r\n|\r|\n/);
}

/** Up to three spaces: four make it code. A quote cannot match, its line starts with `>`. */
const commandLine = /^ {0,3}\/assistant(?:[ \t]+([a-z][a-z0-9-]{0,31})(?:[ \t]+(.*))?)?[ \t]*$/i;

type Place = { kind: "text" } | { kind: "comment"; inline: boolean } | { kind: "fence"; marker: string };

/** Where the next line stands: enough of CommonMark to know fences and HTML comments that span lines. */
function nextPlace(place: Place, line: string): Place {
  if (place.kind === "fence") return closesFence(line, place.marker) ? { kind: "text" } : place;
  if (place.kind === "comment") return afterCommentLine(line, place);
  const marker = fenceOpening.exec(line)?.[1];
  if (marker) return { kind: "fence", marker };
  // A comment at the start of a line is HTML whatever follows; elsewhere `<!--` may be shown as inline code.
  const inline = !/^ {0,3}<!--/.test(line);
  return opensComment(inline ? withoutCodeSpans(line) : line) ? { kind: "comment", inline } : { kind: "text" };
}

function withoutCodeSpans(line: string): string {
  return codeSpanParts(line)
    .filter(({ code }) => !code)
    .map(({ text }) => text)
    .join("");
}

function afterCommentLine(line: string, place: Place & { kind: "comment" }): Place {
  const end = line.indexOf("-->");
  if (end >= 0) return opensComment(line.slice(end + 3)) ? { kind: "comment", inline: true } : { kind: "text" };
  // A comment inside a paragraph ends with it: what was never closed is shown as it stands.
  return place.inline && line.trim() === "" ? { kind: "text" } : place;
}

/** A fence may open behind list markers; an info string after backticks holds none, else it is inline code. */
const fenceOpening = /^(?: {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]+)* {0,3}(`{3,}(?=[^`]*$)|~{3,})/;

function closesFence(line: string, marker: string): boolean {
  const text = line.trim();
  return text.length >= marker.length && text === marker.charAt(0).repeat(text.length);
}

function opensComment(text: string): boolean {
  return text.lastIndexOf("<!--") > text.lastIndexOf("-->");
}
