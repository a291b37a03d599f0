import { readFileAt } from "../../src/shared/git-objects.ts";
import { git } from "../../src/shared/git.ts";
import type { Evidence } from "../../src/retrieval/evidence.ts";
import type { ReviewOutcome } from "../../src/publish/outcome.ts";

/** How many citations an outcome has, and which of them do not say what they are quoted with. Asks git itself, not the product. */
export async function checkCitations(
  gitDir: string,
  outcome: ReviewOutcome,
  isPull: (number: number) => boolean,
): Promise<{ cited: number; wrong: string[] }> {
  const evidence = [...outcome.findings.flatMap((finding) => finding.evidence), ...outcome.sheet];
  const wrong: string[] = [];
  for (const one of evidence) {
    if (!(await holds(gitDir, one, isPull))) wrong.push(JSON.stringify(one.citation));
  }
  return { cited: evidence.length, wrong };
}

async function holds(
  gitDir: string,
  { citation, text }: Evidence,
  isPull: (number: number) => boolean,
): Promise<boolean> {
  switch (citation.kind) {
    case "code": {
      const file = (await readFileAt(gitDir, citation.commit, citation.path))?.toString("utf8").split("\n");
      return file?.slice(citation.startLine - 1, citation.endLine).join("\n") === text;
    }
    case "commit": {
      const args = ["log", "-1", "--no-show-signature", "--format=%s", citation.commit];
      return (await git(gitDir, args, { okCodes: [0, 128] })).toString("utf8").trimEnd() === text.trimEnd();
    }
    case "pull":
      return isPull(citation.number);
    default:
      // Issues and comments are not in git: a bare repository must not cite any.
      return false;
  }
}
