import type { Finding } from "../publish/outcome.ts";
import type { Evidence } from "../retrieval/evidence.ts";
import { limits } from "../shared/limits.ts";
import type { PublishedFinding } from "./feedback.ts";

/** What is kept of a finding that was published. */
export function publishedFinding(finding: Finding, band: string | null = null): PublishedFinding {
  const { id, kind, title, anchor } = finding;
  const cited = finding.evidence.flatMap(({ citation }) => (citation.kind === "code" ? citation.path : []));
  return {
    id,
    kind,
    band,
    path: keepable(anchor?.path ?? cited[0] ?? ""),
    title: keepable(title.slice(0, limits.titleCharacters)),
    words: keepable(claimOf(finding)),
    // What stands around a secret is the secret.
    code: kind === "secret" ? "" : keepable(codeOf(finding.evidence)),
  };
}

/**
 * What a finding claims. Code words its findings with the same sentences each time, so of these only names, paths and
 * quotes tell one from the other; a model's words are its own.
 */
function claimOf({ kind, title, body }: Finding): string {
  const text = `${title}\n${body}`;
  if (kind === "model") return text;
  const spans = Array.from(text.matchAll(/`+([^`]+)`+/g), ([, span = ""]) => span.replace(/:\d+(?:-\d+)?$/, ""));
  const quotes = text.split("\n").flatMap((line) => (line.startsWith(">") ? line.slice(1) : []));
  return [...spans, ...quotes].join("\n") || title;
}

function codeOf(evidence: readonly Evidence[]): string {
  const lines = evidence
    .slice(0, limits.evidencePerFinding)
    .flatMap(({ citation, text }) => (citation.kind === "code" ? text : []));
  return lines.join("\n");
}

/** SQLite takes nothing but well-formed text; a pair cut in two is none. */
function keepable(text: string): string {
  return text.slice(0, limits.feedbackCharacters).replace(/\p{Surrogate}/gu, "\ufffd");
}
