import type { RepositoryConfig } from "../../config/repository-config.ts";
import type { EngramView } from "../../engram/engram.ts";
import type { UnitParser } from "../../engram/units/unit-parser.ts";
import type { PullSubject } from "../../publish/outcome.ts";
import type { Past } from "../../retrieval/past.ts";
import type { OtherRepository } from "../../retrieval/similar-code.ts";
import type { Change } from "../../workspace/diff.ts";
import type { Workspace } from "../../workspace/workspace.ts";
import type { LinkedIssue } from "./compliance/linked-issue.ts";
import type { LinterResult } from "./linters/linter-result.ts";

/** What a review is made of. */
export interface ReviewInput {
  subject: PullSubject | null;
  /** Whether a person asked for the review. */
  asked: boolean;
  workspace: Workspace;
  change: Change;
  /** The tree of the change's head. */
  view: EngramView;
  /** As of the change's base. */
  past: Past;
  units: UnitParser;
  /** Repositories whose code may be shown too, with their git folders. */
  others: readonly (OtherRepository & { gitDir: string })[];
  /** Commit that the view's unchanged files are cited at. */
  engramCommit: string;
  config: RepositoryConfig;
  /** What the repository's own tools report of the head; absent where nobody asked them. */
  linterResults?: readonly LinterResult[] | undefined;
  /** The issues that the change says it closes; absent where nobody knows its text. */
  linkedIssues?: readonly LinkedIssue[] | undefined;
  /** Epoch ms; the time budget counts from here. */
  startedAt: number;
  signal: AbortSignal;
  progress: (step: string, done?: number, total?: number) => void;
}
