import { codeBlock, oneLine } from "../publish/markdown/escape.ts";
import { placeOfPassage } from "../tasks/ask/passage.ts";
import type { CodeAnswer, CodePart } from "../tasks/code/code-answer.ts";

/** The whole answer as Markdown: design, code, what the checks say, and what it was written from. */
export function renderCode(answer: CodeAnswer): string {
  const { design, parts } = answer;
  const sections = [
    ...(design === null ? [] : [`## Design\n\n${design}\n`]),
    ...parts.map(
      (part) => `${parts.length > 1 ? `## ${title(part)}\n\n` : ""}${codeBlock(part.code, part.extension ?? "")}\n`,
    ),
    renderChecks(answer),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

/** What the checks found, what failed, who wrote it, and from what. */
export function renderChecks(answer: CodeAnswer): string {
  const { parts, failed, passages, how, why } = answer;
  const lines = [
    ...parts.flatMap((part) => checksOf(part, parts.length > 1)),
    ...failed.map(({ part, reason }) => `- ${part}: ${oneLine(reason)}`),
    ...(how === "template" ? [`- written by code from the specification (${oneLine(why ?? "")})`] : []),
    ...originOf(parts),
  ];
  const sources = passages.map((passage) => `- [${passage.id}] ${oneLine(placeOfPassage(passage))}`);
  return [
    ...(lines.length === 0 ? [] : [`Checks:\n\n${lines.join("\n")}\n`]),
    ...(sources.length === 0
      ? []
      : [`${how === "none" ? "Found for it" : "Written from"}:\n\n${sources.join("\n")}\n`]),
  ].join("\n");
}

function checksOf(part: CodePart, several: boolean): string[] {
  const name = several ? `${part.name}: ` : "";
  const { syntax, elisions, unknownNames, cutOff, attempts } = part;
  const again = attempts > 1 ? " (second attempt)" : "";
  const parsed =
    syntax === null
      ? "not parsed: no grammar for it"
      : syntax.length === 0
        ? `it parses${again}`
        : `it does NOT parse${again}: ${syntax.map(({ line, message }) => `line ${line} ${oneLine(message)}`).join("; ")}`;
  return [
    `- ${name}${parsed}`,
    ...(cutOff ? [`- ${name}it was cut off: the end is missing`] : []),
    ...elisions.map(({ line, text }) => `- ${name}line ${line} leaves something out: ${oneLine(text)}`),
    ...(unknownNames?.length ? [`- ${name}not found in the context: ${unknownNames.map(oneLine).join(", ")}`] : []),
    ...(part.name === "client" && part.remark !== null ? [`- ${part.remark}`] : []),
  ];
}

function originOf(parts: readonly CodePart[]): string[] {
  const model = parts.find((part) => part.model !== null)?.model;
  if (!model) return [];
  const { name, qualification } = model;
  return [
    qualification.allowed
      ? `- written by ${name}, which has qualified for edits (${qualification.reason})`
      : `- written by ${name}, which has NOT qualified for edits (${qualification.reason}): read it with care`,
  ];
}

function title({ name }: CodePart): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
