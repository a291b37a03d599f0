import type {
  CaseLanguage,
  ConfirmCase,
  ConfirmListing,
  EditCase,
  EditListing,
  QualificationCase,
  ReviewCase,
  ReviewListing,
} from "./case.ts";
import { confirmOthers } from "./confirm-others.ts";
import { confirmWeb } from "./confirm-web.ts";
import { editJavascript } from "./edit-javascript.ts";
import { editOthers } from "./edit-others.ts";
import { editPython } from "./edit-python.ts";
import { programs } from "./edit-programs.ts";
import { labelCases } from "./label.ts";
import { reviewGo } from "./review-go.ts";
import { reviewJava } from "./review-java.ts";
import { reviewOthers } from "./review-others.ts";
import { reviewPython } from "./review-python.ts";
import { reviewSystems } from "./review-systems.ts";
import { reviewTypescript } from "./review-typescript.ts";
import { wordingCases } from "./wording.ts";

const reviewListings = [
  ...reviewTypescript,
  ...reviewPython,
  ...reviewGo,
  ...reviewJava,
  ...reviewSystems,
  ...reviewOthers,
];

const editListings: Partial<Record<CaseLanguage, EditListing[]>> = {
  javascript: editJavascript,
  python: editPython,
  ...editOthers,
};

/** All built-in cases, in a fixed order. */
export const qualificationCases: readonly QualificationCase[] = [
  ...reviewListings.flatMap((listing) => [versionOf(listing, "sound"), versionOf(listing, "defect")]),
  ...[...confirmWeb, ...confirmOthers].flatMap(claimsOf),
  ...labelCases,
  ...wordingCases,
  ...editCases(),
];

/** One of the two versions of a listing; what its marks mean stands at `ReviewListing`. */
function versionOf(listing: ReviewListing, version: "sound" | "defect"): ReviewCase {
  const { id, language, path, kind, evidence = [] } = listing;
  const lines = linesOf(listing.text).filter((line) => !(version === "sound" ? "!~" : ">").includes(line.charAt(0)));
  const right = lines.flatMap((line, index) => ("!*.".includes(line.charAt(0)) ? [index] : []));
  return {
    ability: "review",
    id: `review-${id}-${version}`,
    group: `review-${id}`,
    language,
    path,
    kind,
    change: lines.map((line) => marker(line.charAt(0)) + line.slice(1)),
    right: version === "sound" ? [] : right,
    evidence,
  };
}

function marker(mark: string): string {
  if (mark === "-") return "-";
  return mark === " " || mark === "." ? " " : "+";
}

function claimsOf({ id, language, path, code, holds, fails }: ConfirmListing): ConfirmCase[] {
  const claims = [
    ...holds.map((claim) => ({ claim, holds: true })),
    ...fails.map((claim) => ({ claim, holds: false })),
  ];
  return claims.map((claim, index) => ({
    ability: "confirm",
    id: `confirm-${id}-${index + 1}`,
    group: `confirm-${id}`,
    language,
    path,
    code: linesOf(code).join("\n"),
    ...claim,
  }));
}

function editCases(): EditCase[] {
  return Object.entries(programs).flatMap(([language, { ending, form, besides, command }]) =>
    (editListings[language as CaseLanguage] ?? []).map(({ name, symbol, request, code, solution, test }) => ({
      ability: "edit",
      id: `edit-${language}-${name.toLowerCase()}`,
      group: `edit-${language}-${name.toLowerCase()}`,
      language: language as CaseLanguage,
      path: `${name}.${ending}`,
      symbol,
      form,
      request,
      code: wholeFile(code),
      solution: wholeFile(solution),
      beside: besides(name, wholeFile(test)),
      command: command(name),
    })),
  );
}

function wholeFile(text: string): string {
  return `${linesOf(text).join("\n")}\n`;
}

/** Without the line breaks that only set the text off in its module. */
function linesOf(text: string): string[] {
  return text.replace(/^\n/, "").replace(/\n$/, "").split("\n");
}
