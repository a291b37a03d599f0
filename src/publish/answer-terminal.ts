import { styleText } from "node:util";
import type { Evidence } from "../retrieval/evidence.ts";
import { formatCitation } from "../retrieval/evidence.ts";
import { oneLine, printable } from "./markdown/escape.ts";
import type { AnswerLine, AnswerPart } from "./outcome.ts";
import type { TerminalOptions } from "./terminal.ts";

/** An answer for the person at the terminal: places as editors open them, sentences before what bears them out. */
export function renderAnswer(
  { body, parts }: { body: string; parts: readonly AnswerPart[] },
  { color }: Pick<TerminalOptions, "color">,
): string {
  const bold = (text: string): string => (color ? styleText("bold", text, { validateStream: false }) : text);
  const blocks = parts.map(({ title, quote, lines }) =>
    [
      ...(title === "" ? [] : [bold(`${title}:`)]),
      ...(quote === undefined ? [] : [quoted(quote)]),
      ...lines.map(lineText),
    ].join("\n"),
  );
  return `${[printable(body), ...blocks].join("\n\n")}\n`;
}

function quoted({ citation, text }: Evidence): string {
  const first = citation.kind === "code" ? citation.startLine : 1;
  const lines = printable(text).split("\n");
  const width = String(first + lines.length - 1).length;
  return lines.map((line, i) => `  ${String(first + i).padStart(width)}  ${line}`.trimEnd()).join("\n");
}

function lineText({ text, evidence }: AnswerLine): string {
  if (text !== "") return `  ${oneLine(text)} (${evidence.map(placeOf).join(", ")})`;
  return evidence.map((one, i) => `${i === 0 ? "  " : "      "}${placeOf(one)}: ${oneLine(one.why)}`).join("\n");
}

function placeOf({ citation, repository }: Evidence): string {
  const from = repository ? `${repository.owner}/${repository.name}:` : "";
  switch (citation.kind) {
    case "code": {
      const { path, startLine, endLine } = citation;
      return `${from}${oneLine(path)}:${startLine === endLine ? startLine : `${startLine}-${endLine}`}`;
    }
    case "commit":
      return `${from}${formatCitation(citation)} ${oneLine(citation.subject)}`;
    case "issue":
      return `${formatCitation(citation)} ${oneLine(citation.title)} (${citation.state})`;
    case "pull":
      return `${formatCitation(citation)} ${oneLine(citation.title)}`;
    case "comment":
      return `${formatCitation(citation)} by ${oneLine(citation.author)}`;
  }
}
