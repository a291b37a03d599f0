/** TYPE FILE of the retrieval stage: what a comment may rest on. */
import type { RepositoryId } from "../shared/repository.ts";

/** Where evidence stands. A citation either resolves (src/retrieval/citation.ts) or the evidence does not exist. */
export type Citation =
  | { kind: "code"; path: string; startLine: number; endLine: number; commit: string }
  | { kind: "commit"; commit: string; subject: string }
  | { kind: "issue"; number: number; title: string; state: "open" | "closed" }
  | { kind: "pull"; number: number; title: string }
  | CommentCitation;

/** A comment on an issue or pull request, or on lines of a pull request (a review comment). */
export interface CommentCitation {
  kind: "comment";
  /** The issue or pull request that it stands under. */
  number: number;
  on: "issue" | "pull" | "lines";
  id: number;
  /** Login; `ghost` where the account was deleted. */
  author: string;
}

export type EvidenceKind =
  /** Still looks as changed code did before. */
  | "near-copy"
  /** Uses a name that the change removes or gives another shape. */
  | "dangling-reference"
  /** Usually changes along with a changed file. */
  | "companion"
  | "similar-code"
  /** Shaped the lines, or fixed an issue. */
  | "commit"
  /** A past hunk that the change takes back. */
  | "undone"
  /** A past hunk that did the same. */
  | "repeated"
  /** A past pull request that touched these lines, or did something similar. */
  | "past-pull"
  /** What a person said about similar code. */
  | "past-review"
  | "similar-issue"
  /** An issue that the change says it closes. */
  | "linked-issue"
  /** A file or lines that a text may be about. */
  | "suspect"
  /** An added line that has the form of a key or token. */
  | "secret"
  /** A line of the repository's own rules. */
  | "rule"
  /** A line that a tool of the repository reported. */
  | "linter"
  /** Lines that a model quoted; they stand there word for word. */
  | "quoted"
  /** A test that usually changes along with a changed file. */
  | "paired-test"
  /** A file that goes with another one. */
  | "related-file"
  /** Somebody who knows this code. */
  | "owner";

/** What one ranked list added to a score, for an explanation. */
export interface Contribution {
  list: string;
  /** 1 is the best. */
  rank: number;
  /** 0..1, in the unit of the fused score. */
  share: number;
}

/** One retrieved fact. */
export interface Evidence {
  kind: EvidenceKind;
  citation: Citation;
  /** Where the citation stands, if not in the subject's own repository. */
  repository?: RepositoryId;
  /** 0..1, comparable within one kind only. */
  score: number;
  /** One short sentence: why this was retrieved, with its numbers. */
  why: string;
  /** The cited text itself (code lines, a title, a commit subject), verbatim. */
  text: string;
  /** Where several ranked lists were fused: what each added, most first. */
  contributions?: Contribution[];
}

/** `src/a.ts#L10-L24@1a2b3c4d5e6f`, `1a2b3c4d5e6f` for a commit, `#12` for issues and pull requests, `#12:345` for a comment. */
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
    case "comment":
      return `#${citation.number}:${citation.id}`;
  }
}
