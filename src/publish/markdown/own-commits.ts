import type { Evidence } from "../../retrieval/evidence.ts";
import { breaker } from "./escape.ts";

/** What finders say before an id of their own. */
const said = "(?:written|removed|taken back|closed|named) by |merged as ";
/** An object id that escaping took apart. */
const broken = new RegExp(`(\\b(?:${said}))?((?:[0-9a-f]{6}${breaker})+[0-9a-f]{0,5})(?![0-9a-z])`, "gi");
/** Digits that finders write. */
const foundDigits = 12;

/**
 * Escaped Markdown in which the commits that we cite ourselves are whole: a reader can copy them, and GitHub links them. Those
 * that other people's text names stay taken apart.
 */
export function withOwnCommits(markdown: string, evidence: readonly Evidence[]): string {
  const cited = evidence.flatMap(({ citation }) => ("commit" in citation ? citation.commit : []));
  return markdown.replace(broken, (whole, before: string | undefined, parts: string) => {
    const id = parts.replaceAll(breaker, "");
    const isFound = before !== undefined && id.length === foundDigits;
    return isFound || cited.some((commit) => commit.startsWith(id)) ? `${before ?? ""}${id}` : whole;
  });
}
