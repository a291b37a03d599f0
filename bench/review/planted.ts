import type { Finding } from "../../src/publish/outcome.ts";
import { isTestPath } from "../../src/retrieval/ordinary-path.ts";

export const plantedKinds = ["near_copy", "dangling", "companion", "undone"] as const;
export type PlantedKind = (typeof plantedKinds)[number];

/** A real change with one thing wrong: what its author did at one place is not done there. */
export interface Planted {
  kind: PlantedKind;
  /** The real change, and what it is compared with. */
  commit: string;
  parent: string;
  /** Texts in which the defective change differs from the real one, by path; null where the file is gone. */
  files: ReadonlyMap<string, string | null>;
  /** Where a reader should be sent; for a companion the whole file. */
  place: { path: string; startLine: number; endLine: number };
  /** Dangling: the name that is used and not there any more. */
  name?: string;
  /** Undone: the commit that is taken back. */
  undoes?: string;
}

/** What may say a defect of this kind at all; a model's own finding may say any. */
const ownKinds: Record<PlantedKind, readonly Finding["kind"][]> = {
  near_copy: ["near-copy", "dangling-reference"],
  dangling: ["dangling-reference", "near-copy"],
  companion: ["companion", "paired-test"],
  undone: ["undone"],
};

/** Whether a finding sends its reader to the planted defect. */
export function pointsAt({ kind, title, anchor, evidence }: Finding, { place, ...planted }: Planted): boolean {
  const at = (path: string, start: number, end: number): boolean =>
    path === place.path && start <= place.endLine && end >= place.startLine;
  const isAnchored = anchor !== null && anchor.side === "RIGHT" && at(anchor.path, anchor.startLine, anchor.endLine);
  const cited = evidence.map(({ citation }) => citation);
  const isCited = cited.some((one) => one.kind === "code" && at(one.path, one.startLine, one.endLine));
  if (kind === "model") return isAnchored || isCited;
  if (!ownKinds[planted.kind].includes(kind)) return false;
  switch (planted.kind) {
    case "near_copy":
      return isCited;
    case "dangling":
      return isCited || (planted.name !== undefined && title.includes(`\`${planted.name}\``));
    case "companion":
      return cited.some((one) => one.kind === "code" && one.path === place.path) || title.includes(`\`${place.path}\``);
    case "undone":
      return (
        anchor?.path === place.path &&
        cited.some((one) => one.kind === "commit" && planted.undoes?.startsWith(one.commit.slice(0, 12)) === true)
      );
  }
}

/** What came of one planted defect and of the real change beside it. */
export interface PlantedResult {
  kind: PlantedKind;
  /** Whether it stands in a test, whose copies are left alone by intent. */
  inTest: boolean;
  /** Findings of the defective change that point at the defect, where no past says what they are worth. */
  found: Finding["kind"][];
  /** Findings of the real change at the same place: false. */
  falseThere: number;
  /** All findings of the real change, of the kinds that could say this defect. It was merged as it is. */
  falseAnywhere: number;
}

/** What came of it beyond the findings. */
export interface PlantedFate {
  /** A finder came to it, whatever is made of it. */
  detected: boolean;
  /** Where it stands once the older half of the past pull requests places findings; null: nowhere, or there are none. */
  shown: Finding["placement"] | null;
}

export interface PlantedRow {
  planted: number;
  in_tests: number;
  /** Null where the model was asked: it has no finders. */
  detected: number | null;
  found: number;
  shown: { inline: number; summary: number } | null;
  false_there: number;
  false_anywhere: number;
  recall: number | null;
  /** found / (found + false_there). */
  precision: number | null;
  /** found / (found + false_anywhere): as if every finding of a real change were wrong. */
  precision_strict: number | null;
}

export function judgePlanted(planted: Planted, defective: readonly Finding[], real: readonly Finding[]): PlantedResult {
  const { kind } = planted;
  const sayable = real.filter((finding) => finding.kind === "model" || ownKinds[kind].includes(finding.kind));
  return {
    kind,
    inTest: isTestPath(planted.place.path),
    found: defective.filter((finding) => pointsAt(finding, planted)).map((finding) => finding.kind),
    falseThere: real.filter((finding) => pointsAt(finding, planted)).length,
    falseAnywhere: sayable.length,
  };
}

export function tabulatePlanted(results: readonly (PlantedResult & Partial<PlantedFate>)[]): PlantedRow {
  const found = results.filter((one) => one.found.length > 0).length;
  const there = results.filter(({ falseThere }) => falseThere > 0).length;
  const anywhere = results.reduce((sum, { falseAnywhere }) => sum + falseAnywhere, 0);
  const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
  const shown = (placement: Finding["placement"]): number => results.filter((one) => one.shown === placement).length;
  const isFollowed = results.every(({ detected }) => detected !== undefined);
  return {
    planted: results.length,
    in_tests: results.filter(({ inTest }) => inTest).length,
    detected: isFollowed ? results.filter(({ detected }) => detected).length : null,
    found,
    shown: isFollowed ? { inline: shown("inline"), summary: shown("summary") } : null,
    false_there: there,
    false_anywhere: anywhere,
    recall: share(found, results.length),
    precision: share(found, found + there),
    precision_strict: share(found, found + anywhere),
  };
}
