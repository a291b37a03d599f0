import { oneLine } from "../publish/markdown/escape.ts";
import { type Passage, placeOfPassage } from "../tasks/ask/passage.ts";
import type { AnswerPart, ResearchAnswer, Statement } from "../tasks/research/answer.ts";

/** The whole answer as text that is Markdown, too: parts, bibliography, and who wrote it. */
export function renderResearch(answer: ResearchAnswer): string {
  return [renderParts(answer), renderBibliography(answer), renderOrigin(answer)].filter(Boolean).join("\n");
}

/** What was said, without where it comes from. */
export function renderParts(answer: ResearchAnswer): string {
  return answer.parts.map(renderPart).join("\n");
}

function renderPart({ title, statements }: AnswerPart): string {
  const lines = statements.map(renderStatement).join("");
  return `${title === null ? "" : `## ${title}\n\n`}${lines === "" ? "Nothing that the passages bear out.\n" : lines}`;
}

/** `- sentence [1][3]`, or `- “quotation” [1, line 12]` */
export function renderStatement({ sentence, sources, lines }: Statement): string {
  const text = oneLine(sentence);
  const place = lines === undefined ? "" : `, ${linesOf(lines)}`;
  const cited = sources.map((id) => `[${id}${place}]`).join("");
  return `- ${lines === undefined ? text : `“${text}”`}${cited === "" ? "" : ` ${cited}`}\n`;
}

function linesOf({ startLine, endLine }: { startLine: number; endLine: number }): string {
  return startLine === endLine ? `line ${startLine}` : `lines ${startLine}-${endLine}`;
}

export function renderBibliography({ passages, how }: ResearchAnswer): string {
  if (passages.length === 0) return "";
  const lines = passages.map((passage) => `- [${passage.id}] ${describe(passage)}\n`).join("");
  return how === "listed" ? lines : `Bibliography:\n\n${lines}`;
}

function describe(passage: Passage): string {
  const heading = passage.heading === null ? "" : ` (${oneLine(passage.heading.join(" › "))})`;
  return `${oneLine(placeOfPassage(passage))}${heading}`;
}

/** Who wrote this, and what was kept back. */
export function renderOrigin(answer: ResearchAnswer): string {
  const { how, why, model, dropped } = answer;
  if (how === "nothing") return `Nothing was found: ${why ?? ""}.\n`;
  if (how === "listed" && why === null) return "";
  const kept = dropped.length === 0 ? "" : ` ${counted(dropped.length)} of the model kept back by the checks.`;
  if (how !== "model") return `Quoted passages, nothing is worded (${oneLine(why ?? "")}).${kept}\n`;
  const { name = "", qualification } = model ?? {};
  const standing =
    qualification?.allowed === true
      ? `which has qualified for wording (${qualification.reason})`
      : `which has NOT qualified for wording (${qualification?.reason ?? "it has not been measured"}): read it with care`;
  const cut = why === null ? "" : ` The model did not come to its end: ${oneLine(why)}.`;
  return `Written by ${name}, ${standing}. Names, numbers and words were checked against what each sentence cites.${kept}${cut}\n`;
}

function counted(count: number): string {
  return count === 1 ? "1 sentence" : `${count} sentences`;
}
