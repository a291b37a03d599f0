import type { Breach } from "../../retrieval/rules/find-breaches.ts";
import { code, type Draft, findingId } from "./findings.ts";

/** What the repository asks not to write was written; one finding a rule and file. The rule is quoted, never followed. */
export function ruleFinding({ rule, code: forbidden, path, lines, evidence }: Breach): Draft | null {
  const [first] = lines;
  if (first === undefined || evidence.length < 2) return null;
  const place = `${rule.path}:${rule.startLine}`;
  const more = lines.length - 1;
  return {
    id: findingId("rule", [path, rule.path, forbidden]),
    kind: "rule",
    band: rule.instead.length > 0 ? "instead" : "forbidden",
    anchor: { path, startLine: first, endLine: first, side: "RIGHT" },
    title: `${code(forbidden)} is added here, which ${code(rule.path)} asks not to write`,
    body:
      `${code(place)} says: “${rule.text}” ` +
      (more === 0 ? "" : `This change adds ${more} more ${more === 1 ? "line" : "lines"} like this to the file. `) +
      "Nearly all other code here keeps to it.",
    evidence,
  };
}
