/** TYPE FILE of the retrieval stage: what a comment may rest on. */

/** Where evidence stands. A citation either resolves (src/retrieval/citation.ts) or the evidence does not exist. */
export type Citation =
  | { kind: "code"; path: string; startLine: number; endLine: number; commit: string }
  | { kind: "commit"; commit: string; subject: string }
  | { kind: "issue"; number: number; title: string; state: "open" | "closed" }
  | { kind: "pull"; number: number; title: string };

export type EvidenceKind =
  | "near-copy"
  | "dangling-reference"
  | "companion"
  | "similar-code"
  | "commit"
  | "similar-issue"
  | "suspect";

/** One retrieved fact. */
export interface Evidence {
  kind: EvidenceKind;
  citation: Citation;
  /** 0..1, comparable within one kind only. */
  score: number;
  /** One short sentence: why this was retrieved, with its numbers. */
  why: string;
  /** The cited text itself (code lines, a title, a commit subject), verbatim. */
  text: string;
}

/** `src/a.ts#L10-L24@1a2b3c4d5e6f`, `1a2b3c4d5e6f` for a commit, `#12` for issues and pull requests. */
export function formatCitation(citation: Citation): string {
  switch (citation.kind) {
    case "code": {
      const range =
        citation.startLine === citation.endLine
          ? `L${citation.startLine}`
          : `L${citation.startLine}-L${citation.endLine}`;
      return `${citation.path}#${range}@${citation.commit.slice(0, 12)}`;
    }
    case "commit":
      return citation.commit.slice(0, 12);
    case "issue":
    case "pull":
      return `#${citation.number}`;
  }
}
