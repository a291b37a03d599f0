import { limits } from "../../shared/limits.ts";
import type { RepositoryId } from "../../shared/repository.ts";
import type { SimilarIssue, TriageOutcome } from "../outcome.ts";
import { composeBody, list } from "./body.ts";
import { modelLine, withheldLine } from "./coverage-block.ts";
import { evidenceItem, evidenceList } from "./evidence-list.ts";
import { commitLink } from "./links.ts";

/** The triage comment of an issue. */
export function triageComment(repository: RepositoryId, outcome: TriageOutcome): string {
  const nothing = outcome.similar.length === 0 && outcome.suspects.length === 0;
  return composeBody(
    [
      ...(nothing ? ["No similar issue and no likely place in the code was found."] : []),
      list(
        outcome.similar.map((similar) => similarItem(repository, similar)),
        "**Similar issues**\n\n",
      ),
      evidenceList(repository, outcome.suspects, "**Where to look**\n\n"),
      list([footer(repository, outcome)]),
    ],
    { kind: "triage" },
  );
}

/** An issue, how it ended, and the change that fixed it with its lines: one entry, so that it stays together. */
function similarItem(repository: RepositoryId, { issue, fixes }: SimilarIssue): string {
  const shown = fixes.slice(0, limits.evidencePerFinding).map((fix) => `  ${evidenceItem(repository, fix)}`);
  return [evidenceItem(repository, issue), ...shown].join("\n");
}

function footer(repository: RepositoryId, { engramCommit, model, withheld }: TriageOutcome): string {
  const parts = [`Engram: ${commitLink(repository, engramCommit)}`, `Model: ${modelLine(model)}`];
  if (withheld.length > 0) parts.push(`Withheld: ${withheldLine(withheld)}`);
  return `<sub>${parts.join(" · ")}</sub>`;
}
