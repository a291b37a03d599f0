import { redactPersonalData, type PersonalDataKind } from "../shared/personal-data.ts";
import { findSecretsIn, redactTokens, redacted } from "../shared/secrets.ts";
import type { ImplementOutcome } from "./implement-outcome.ts";
import type { Outcome } from "./outcome.ts";

/**
 * The outcome as it may be written anywhere: to GitHub, to a file, to a terminal. Whatever its texts quote (code, commits,
 * issues, words of a model), no key or token is repeated, and no personal data of the kinds that the repository names. A
 * suggestion that would change by that is left out: nobody shall commit the redaction.
 */
export async function cleanOutcome<T extends Outcome | ImplementOutcome>(
  outcome: T,
  personalData: readonly PersonalDataKind[] = [],
): Promise<T> {
  const clean = await cleanerFor(textsOf(outcome), personalData);
  const cleaned = mapTexts(outcome, clean) as T;
  if (cleaned.kind === "review" && outcome.kind === "review") {
    for (const [index, finding] of cleaned.findings.entries()) {
      if (finding.replacement !== outcome.findings[index]?.replacement) delete finding.replacement;
    }
  }
  return cleaned;
}

/** Between two texts when all are looked at together: no rule reaches over it. */
const gap = `\n${" ".repeat(8)}\n\n`;

/** Looks once at all texts, since the rules cost more to begin than to go on. */
async function cleanerFor(
  texts: readonly string[],
  personalData: readonly PersonalDataKind[],
): Promise<(text: string) => string> {
  const whole = [...new Set(texts)].join(gap);
  const secrets = new Set<string>();
  for (const { start, end } of await findSecretsIn(whole)) {
    for (const piece of whole.slice(start, end).split(gap)) if (piece.trim().length >= shortest) secrets.add(piece);
  }
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const secret of longestFirst) clean = clean.replaceAll(secret, redacted);
    return redactPersonalData(redactTokens(clean), personalData);
  };
}

/** A shorter piece of a secret is a word that stands elsewhere, too. */
const shortest = 6;

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

/** Ids and names of commits have forms that no rule takes for anything else. */
function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, map));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapTexts(one, map)]));
}
