import type { AnswerPart } from "../../publish/outcome.ts";
import { keepResolving } from "../../retrieval/citation.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import type { AskInput } from "./ask-input.ts";

/** The parts without what no citation bears out. Issues that GitHub has just told are not held against what is kept. */
export async function keepCited(
  parts: readonly AnswerPart[],
  { past, pastIssues, workspace, signal }: Pick<AskInput, "past" | "pastIssues" | "workspace" | "signal">,
): Promise<AnswerPart[]> {
  const { tracker, pulls } = past;
  const read = new Set(pastIssues.map(({ number }) => number));
  const all = parts.flatMap(({ quote, lines }) => [
    ...(quote ? [quote] : []),
    ...lines.flatMap(({ evidence }) => evidence),
  ]);
  const told = all.filter(({ citation }) => citation.kind === "issue" && read.has(citation.number));
  const others = all.filter((one) => !told.includes(one));
  const resolved = new Set([
    ...(await keepResolving(workspace.gitDir, told, { signal })),
    ...(await keepResolving(workspace.gitDir, others, { tracker, pulls, signal })),
  ]);
  const holds = (evidence: Evidence): boolean => resolved.has(evidence);
  return parts.flatMap(({ quote, lines, ...part }): AnswerPart[] => {
    // Of a sentence everything must hold that bears it out; what has none is led by its first piece.
    const kept = lines.flatMap((line) => {
      const evidence = line.evidence.filter(holds);
      const whole = line.text === "" ? evidence[0] === line.evidence[0] : evidence.length === line.evidence.length;
      return whole && evidence.length > 0 ? [{ ...line, evidence }] : [];
    });
    const quoted = quote !== undefined && holds(quote) ? { quote } : {};
    return kept.length > 0 || "quote" in quoted ? [{ ...part, ...quoted, lines: kept }] : [];
  });
}
