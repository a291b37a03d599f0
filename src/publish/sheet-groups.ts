/** PORT of the publishing stage: how the evidence sheet is laid out, for whoever shows one. */
import type { Evidence, EvidenceKind } from "../retrieval/evidence.ts";

export interface SheetGroup {
  heading: string;
  /** Best first, as on the sheet. */
  evidence: Evidence[];
}

/** The evidence sheet under its headings, in the order in which every reader is shown them; kinds without any are absent. */
export function sheetGroups(sheet: readonly Evidence[]): SheetGroup[] {
  return Object.entries(headings).flatMap(([kind, heading]) => {
    const evidence = sheet.filter((one) => one.kind === kind);
    return evidence.length === 0 ? [] : [{ heading, evidence }];
  });
}

const headings: Record<EvidenceKind, string> = {
  secret: "Secrets",
  linter: "Reported by linters",
  rule: "Rules of this repository",
  quoted: "Quoted lines",
  "near-copy": "Near-copies",
  "dangling-reference": "References",
  "paired-test": "Tests that usually change along",
  companion: "Usually changed along",
  "similar-code": "Similar code",
  commit: "Commits that shaped these lines",
  undone: "Taken back by this change",
  repeated: "The same was done before",
  "past-pull": "Earlier pull requests",
  "past-review": "Said about similar code",
  "linked-issue": "Linked issues",
  "similar-issue": "Similar issues",
  suspect: "Where to look",
  "related-file": "Related files",
  owner: "Who knows this code",
};
