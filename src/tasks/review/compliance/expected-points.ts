import { limits } from "../../../shared/limits.ts";

const ITEM = /^\s*(?:[-*+]|\d{1,3}[.)])\s+(?:\[(?<box>[ xX])\]\s+)?(?<text>\S.*)$/;
const HEADING =
  /^\s{0,3}#{1,6}\s+(?<atx>.+?)\s*#*\s*$|^\s*(?:\*\*|__)(?<bold>[^*_]+)(?:\*\*|__):?\s*$|^(?<lead>\S.{0,80}):\s*$/;
/** What is asked for stands under such words; steps to reproduce, versions and logs under others. */
const EXPECTED =
  /\b(?:expect(?:ed|ation)s?|accept(?:ance|ed)?|criteri(?:a|on)|require(?:d|ments?)|should|must|to-?\s?do|tasks?|goals?|proposal|proposed|deliverables?|definition of done|needs?|scope|solution)\b/i;
/** Boxes of a template that everybody ticks. */
const OF_TEMPLATE =
  /^(?:I\b|I['’]ve\b|this (?:is|issue)\b|yes\b|no\b)|\b(?:searched|code of conduct|read the|latest version|duplicates?|contributing)\b/i;

/**
 * The points that an issue lists of what is to be done: boxes of a checklist, and items under a heading that speaks of
 * what is expected. One line each, as written. None where it lists none.
 */
export function expectedPoints(body: string): string[] {
  const points: string[] = [];
  let expected = false;
  let fence = false;
  for (const line of body
    .replace(/<!--[\s\S]*?(?:-->|$)/g, "")
    .split(/\r?\n/)
    .slice(0, limits.issueLines)) {
    if (/^\s*(?:```|~~~)/.test(line)) fence = !fence;
    if (fence || line.length > limits.issueLineCharacters) continue;
    const item = ITEM.exec(line)?.groups;
    const heading = item ? undefined : HEADING.exec(line)?.groups;
    if (heading) expected = EXPECTED.test(heading["atx"] ?? heading["bold"] ?? heading["lead"] ?? "");
    const text = item?.["text"]?.trim() ?? "";
    const counts = item !== undefined && (item["box"] !== undefined || expected) && !OF_TEMPLATE.test(text);
    if (counts && !points.includes(text)) points.push(text);
  }
  return points.slice(0, limits.compliancePoints);
}
