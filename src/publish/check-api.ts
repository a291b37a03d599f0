/**
 * What check runs need of GitHub, and no more. Implemented over Octokit (octokit-check-api.ts) and in memory for the dry
 * run (memory-check-api.ts).
 */
export interface CheckAnnotation {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: "notice" | "warning" | "failure";
  message: string;
  title: string;
  raw_details?: string;
}

/** Both texts are Markdown; what is given replaces what stood there, but annotations are added to those before. */
export interface CheckOutput {
  title: string;
  summary: string;
  annotations?: CheckAnnotation[];
}

export type CheckConclusion = "success" | "neutral" | "failure" | "cancelled";

/** The fields of GitHub's own request. */
export interface CheckFields {
  status?: "in_progress" | "completed";
  conclusion?: CheckConclusion;
  output?: CheckOutput;
}

export interface NewCheckRun extends CheckFields {
  name: string;
  /** The commit, full object id. */
  head_sha: string;
  /** By which we know our run again. */
  external_id: string;
}

export interface StoredCheckRun {
  id: number;
  externalId: string;
  status: string;
  conclusion: string | null;
  title: string;
  summary: string;
  annotations: number;
}

/** Errors: as Publisher.publish; `not-permitted` without `checks: write`. */
export interface CheckApi {
  /** Our own check runs of a commit, oldest first. */
  checkRuns(head: string): Promise<StoredCheckRun[]>;
  /** @returns its id */
  createCheckRun(run: NewCheckRun): Promise<number>;
  updateCheckRun(id: number, fields: CheckFields): Promise<void>;
  annotations(id: number): Promise<CheckAnnotation[]>;
  /** Commits of a pull request, full object ids, the newest last. */
  pullCommits(number: number): Promise<string[]>;
}
