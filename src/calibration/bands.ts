import type { Companion } from "../retrieval/companions.ts";
import { languageOf } from "../retrieval/languages.ts";
import type { NearCopies, NearCopy } from "../retrieval/near-copies.ts";
import { isTestPath } from "../retrieval/ordinary-path.ts";
import type { WarningKind } from "./judged-warning.ts";

export const warningKinds: readonly WarningKind[] = [
  "companion",
  "paired-test",
  "near-copy",
  "dangling-reference",
  "undone",
  "model",
];

export function isWarningKind(kind: string): kind is WarningKind {
  return (warningKinds as readonly string[]).includes(kind);
}

/** Least confidence and least number of common commits of a companion that is worth counting. */
export const companionFloor = { confidence: 0.5, together: 4 };

const confidences = [0.9, 0.8, 0.7, 0.5];
const supports = [8, 4];
const copyBands = [
  "code, repeated",
  "code, renamed",
  "code, exact",
  "code, close",
  "code, alike",
  "code, short",
  "test",
  "other",
] as const;

/** Bands of a kind, surest first. They do not overlap: a warning is in one of them. */
export function bandsOf(kind: WarningKind): readonly string[] {
  switch (kind) {
    case "companion":
    case "paired-test":
      return confidences.flatMap((confidence) => supports.map((support) => companionLabel(confidence, support)));
    case "near-copy":
      return copyBands;
    case "dangling-reference":
      return ["unbound", "member", "removed", "signature"];
    case "undone":
      return ["whole", "most", "part"];
    case "model":
      return [...confirmFloors.map(confirmLabel), unscored];
  }
}

/** From this confidence on a companion is told unasked, whatever its repository's past; and with so many common commits. */
const toldConfidence = 0.8;
const toldSupport = 8;

/** Bands of what is counted and, by itself, too weak to be told: only a past that bears it out makes it be said. */
export function isWeakBand(kind: WarningKind, band: string): boolean {
  switch (kind) {
    case "companion":
    case "paired-test":
      return !confidences
        .filter((confidence) => confidence >= toldConfidence)
        .some((confidence) => band === companionLabel(confidence, toldSupport));
    case "near-copy":
      return band === "test" || band === "other";
    default:
      return false;
  }
}

/** A test of code that the change touches is a matter of its own: asking for tests is right where routes and docs are not. */
export function companionKind({ changed, companion }: Pick<Companion, "changed" | "companion">): WarningKind {
  return isTest(companion) && !isTestPath(changed) ? "paired-test" : "companion";
}

/** Data for tests, such as a fixture, is no test. */
function isTest(path: string): boolean {
  return isTestPath(path) && isCode(path);
}

/** By the share of common commits, recent ones weighing more, and by their number. */
export function companionBand({ confidence, together }: Pick<Companion, "confidence" | "together">): string {
  const least = confidences.find((floor) => confidence >= floor) ?? companionFloor.confidence;
  const support = supports.find((floor) => together >= floor) ?? companionFloor.together;
  return companionLabel(least, support);
}

function companionLabel(confidence: number, support: number): string {
  return `confidence ${confidence}, support ${support}`;
}

const confirmFloors = [0.95, 0.9, 0.8, 0.5, 0];
const unscored = "confirmed without a score";

/** By the probability with which the model, asked again, stood by it; null where the back end does not tell. */
export function modelBand(probability: number | null): string {
  return probability === null ? unscored : confirmLabel(confirmFloors.find((floor) => probability >= floor) ?? 0);
}

function confirmLabel(floor: number): string {
  return `confirmed ${floor}`;
}

/** Words that an edit must replace for its copy to say something by itself. */
const longEditWords = 8;
/** Letter for letter, but for the last digits of a sum. */
const exactSimilarity = 0.9999;
const closeSimilarity = 0.9;

export function copyBand(
  { anchor, removedWords, repeated, renaming }: NearCopies,
  { evidence, similarity }: NearCopy,
): string {
  const paths = [anchor?.path ?? "", evidence.citation.kind === "code" ? evidence.citation.path : ""];
  if (paths.some(isTestPath)) return "test";
  if (!paths.every(isCode)) return "other";
  if (renaming !== undefined) return "code, renamed";
  if (repeated !== undefined) return "code, repeated";
  if (removedWords < longEditWords) return "code, short";
  if (similarity >= exactSimilarity) return "code, exact";
  return similarity >= closeSimilarity ? "code, close" : "code, alike";
}

function isCode(path: string): boolean {
  return languageOf(path) !== null && !/\.(?:ya?ml|toml)$/.test(path);
}
