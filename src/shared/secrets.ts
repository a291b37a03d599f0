import { lintSource } from "@secretlint/core";
import { secretLintProfiler } from "@secretlint/profiler";
import { creator as recommended } from "@secretlint/secretlint-rule-preset-recommend";

/** Something in a text that has the form of a key or token. */
export interface FoundSecret {
  /** UTF-16 offsets; `end` is behind it. */
  start: number;
  end: number;
  /** As its rule calls it, for example `GitHub Token`. */
  what: string;
}

const config = {
  rules: [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: recommended, options: {} }],
};

// Its marks are kept for as long as the process lives, and a line end in a path breaks one: a rejection that nobody handles,
// which ends the process.
Object.assign(secretLintProfiler, { perf: { mark: () => {}, measure: () => {} } });

/**
 * Forms that secretlint's recommended rules do not know: refresh tokens of GitHub and its long tokens of installations, and
 * prefixes that mean one thing. All lengths are bounded.
 */
const forms: readonly { what: string; pattern: RegExp }[] = [
  { what: "GitHub Token", pattern: /\bghs_[\w-]{10,500}\.[\w-]{10,4000}\.[\w-]{10,1000}/g },
  { what: "GitHub Token", pattern: /\bgh[pousr]_\w{30,500}/g },
  { what: "GitHub Token", pattern: /\bgithub_pat_\w{22,255}/g },
  { what: "GitLab Token", pattern: /\bgl(?:pat|dt|rt|ptt|cbt)-[\w-]{20,64}/g },
  { what: "AWS Access Key ID", pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g },
  { what: "Google API Key", pattern: /\bAIza[\w-]{35}(?![\w-])/g },
  { what: "Stripe Key", pattern: /\b[rs]k_live_\w{20,99}/g },
  { what: "Hugging Face Token", pattern: /\bhf_[A-Za-z0-9]{30,60}\b/g },
  { what: "Docker Token", pattern: /\bdckr_(?:pat|oat)_[\w-]{20,64}/g },
  { what: "PyPI Token", pattern: /\bpypi-AgE[\w-]{50,400}/g },
  {
    what: "Private Key",
    pattern:
      /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,20000}?(?:-----END [A-Z0-9 ]{0,60}-----|(?=-----BEGIN)|$)/g,
  },
];

/** What is no secret of the code's author, perhaps, but must not be repeated: signed claims, what stands behind `Bearer`. */
const credentials: readonly RegExp[] = [
  /\beyJ[\w-]{10,2000}\.eyJ[\w-]{5,8000}\.[\w-]{10,2000}/g,
  /(?<=\b(?:bearer|basic|token)\s{1,5})(?=[\w.~+/=-]*\d)[\w.~+/=-]{24,4000}/gi,
  /(?<=\w{2,20}:\/\/[^\s/:@]{0,100}:)[^\s/@]{3,200}(?=@)/g,
];

/** Keys and tokens of a text, by secretlint's recommended rules and the forms above; in order, without overlaps. */
export async function findSecretsIn(text: string, path = "text.txt"): Promise<FoundSecret[]> {
  const { messages } = await lintSource({
    source: { filePath: path, content: text, contentType: "text", ext: "" },
    options: { config, locale: "en", maskSecrets: true },
  });
  const found = messages.map(({ message, range: [start, end] }) => {
    return { start, end, what: /^found (?<name>[^:(]+)/i.exec(message)?.groups?.["name"]?.trim() ?? "a secret" };
  });
  for (const { what, pattern } of forms) {
    for (const { index, 0: all } of text.matchAll(pattern)) found.push({ start: index, end: index + all.length, what });
  }
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: FoundSecret[] = [];
  for (const one of found) if (one.end > one.start && one.start >= (kept.at(-1)?.end ?? 0)) kept.push(one);
  return kept;
}

/** Stands where a secret stood. */
export const redacted = "[redacted]";

/**
 * The text without what has the form of a token or key. Quick, and good for logs, output of programs and all that is sent to
 * GitHub; redactSecrets knows more forms.
 */
export function redactTokens(text: string): string {
  let clean = text;
  for (const pattern of [...forms.map((form) => form.pattern), ...credentials])
    clean = clean.replace(pattern, redacted);
  return clean;
}

/** As redactTokens, by all rules. */
export async function redactSecrets(text: string): Promise<string> {
  const found = await findSecretsIn(text);
  let clean = "";
  let end = 0;
  for (const one of found) {
    clean += text.slice(end, one.start) + redacted;
    end = one.end;
  }
  return redactTokens(clean + text.slice(end));
}
