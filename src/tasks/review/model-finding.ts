import { modelBand } from "../../calibration/bands.ts";
import { modelKey } from "../../calibration/model-calibration.ts";
import type { ModelIdentity } from "../../model/model.ts";
import type { Concern } from "../../publish/outcome.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import type { Change } from "../../workspace/diff.ts";
import type { Remark } from "./answer.ts";
import type { SecondLook } from "./confirm-remark.ts";
import type { QuotedLines } from "./find-quote.ts";
import { type Draft, findingId } from "./findings.ts";

export interface ConfirmedRemark {
  path: string;
  remark: Remark;
  lines: QuotedLines;
  /** What it rests on beside its own lines. */
  evidence: Evidence | null;
  second: Extract<SecondLook, { confirmed: true }>;
  /** Checked (suggestion.ts). */
  replacement: string | null;
  /** The model that wrote it. */
  model: Pick<ModelIdentity, "name" | "sha256">;
}

const concernWords: Record<Concern, string> = {
  bug: "A bug",
  security: "A security problem",
  performance: "A waste",
  clarity: "Unclear",
};

/**
 * What a model found and confirmed. The words of claim and scenario are the model's, each on one line, so that they can be no
 * heading, list or fence; the rest is code's. Identity: the path and the anchored text, whatever is said of it.
 */
export function modelFinding(
  found: ConfirmedRemark,
  { head }: Pick<Change, "head">,
  texts: (line: number) => string | null,
): Draft {
  const { path, remark, lines, evidence, second, replacement, model } = found;
  const { startLine, endLine } = lines;
  const score = second.probability ?? 1;
  const cite = (from: number, to: number, text: string, why: string): Evidence => ({
    kind: "quoted",
    citation: { kind: "code", path, startLine: from, endLine: to, commit: head },
    score,
    why,
    text,
  });
  const proof = "line" in second.proof ? second.proof.line : null;
  const proofText = proof === null || (proof >= startLine && proof <= endLine) ? null : texts(proof);
  return {
    id: findingId("model", [path, lines.texts.join("\n")]),
    kind: "model",
    band: modelBand(second.probability),
    model: modelKey(model),
    anchor: { path, startLine, endLine, side: "RIGHT" },
    title: oneLine(remark.claim),
    body: `${concernWords[remark.concern]}, severity ${remark.severity}: ${oneLine(remark.scenario)}`,
    evidence: [
      cite(startLine, endLine, lines.texts.join("\n"), "the lines that it is about"),
      ...(proof !== null && proofText !== null
        ? [cite(proof, proof, proofText, "asked again, the model named this line")]
        : []),
      ...(evidence ? [evidence] : []),
    ],
    severity: remark.severity,
    concern: remark.concern,
    writtenBy: model.name,
    ...(replacement !== null && { replacement }),
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
