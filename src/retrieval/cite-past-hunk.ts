import { limits } from "../shared/limits.ts";
import type { PastPair } from "./compare-past-hunk.ts";
import type { Evidence } from "./evidence.ts";
import type { PastHunkEvidence } from "./past-hunks.ts";

/** Past hunks that are cited with their lines. */
const cited = 3;

/** The commit, then the lines that it wrote, those with most in common first. */
export function citePastHunks(
  about: Omit<PastHunkEvidence, "file" | "runs" | "band" | "evidence">,
  pairs: readonly PastPair[],
): Evidence[] {
  const { kind, commit, pull, issues, lines, shared, score } = about;
  const did = kind === "undone" ? "take back what this commit did" : "do what this commit did before";
  const closed = issues.length > 0 ? [`closes ${issues.map((issue) => `#${issue}`).join(", ")}`] : [];
  const came = pull === null ? [] : [`came with #${pull}`];
  const back = about.takenBackBy === null ? [] : [`was taken back by ${about.takenBackBy.commit.slice(0, 12)}`];
  const more = [...closed, ...came, ...back].join(" and ");
  const why = `${shared} of ${lines} changed lines ${did}${more === "" ? "" : `; it ${more}`}`;
  const places = new Map(pairs.map(({ match, sides }) => [match, sides]));
  const code = [...places].slice(0, cited).map(([{ path }, sides]): Evidence => {
    const { commit: at, startLine, lines: whole } = sides.cited;
    const quoted = whole.slice(0, limits.quotedLines);
    const wrote = at === commit.commit ? "written by" : "removed by";
    return {
      kind,
      citation: { kind: "code", path, startLine, endLine: startLine + quoted.length - 1, commit: at },
      score,
      why: `${wrote} ${commit.commit.slice(0, 12)}`,
      text: quoted.join("\n"),
    };
  });
  const citation = { kind: "commit", commit: commit.commit, subject: commit.subject } as const;
  return [{ kind, citation, score, why, text: commit.subject }, ...code];
}
