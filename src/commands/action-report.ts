import { checkAnnotations, checkSummary } from "../publish/markdown/check-output.ts";
import { renderOutcome } from "../publish/terminal.ts";
import { codeBlock } from "../publish/markdown/escape.ts";
import type { Outcome, ReviewOutcome } from "../publish/outcome.ts";
import type { RepositoryId } from "../shared/repository.ts";

/** An outcome as Markdown for a job's summary. */
export function summaryOf(repository: RepositoryId, outcome: Outcome): string {
  const title = `### Engram Assistant: ${outcome.kind}`;
  if (outcome.kind === "review") return `${title}\n\n${checkSummary(repository, outcome)}`;
  return `${title}\n\n${codeBlock(renderOutcome(outcome, { width: 100, color: false }), "text")}`;
}

const commands = { failure: "error", warning: "warning", notice: "notice" } as const;

/** Commands of the runner, which shows them on the lines of the change: findings on lines of the new version. */
export function annotationLines(outcome: ReviewOutcome): string[] {
  return checkAnnotations(outcome).map((found) => {
    const { path, start_line: line, end_line: endLine, title, message, annotation_level: level } = found;
    const properties = { file: path, line, endLine, title };
    const written = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
    return `::${commands[level]} ${written.join(",")}::${escapeData(message)}`;
  });
}

/** As the runner decodes it; a line end would end the command, and what follows could be another one. */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
