/** TYPE FILE of the data set: what a repository's own history teaches, one conversation at a time. */
import type { Message } from "../../model/model.ts";

export const datasetTasks = ["review", "implement"] as const;
export type DatasetTask = (typeof datasetTasks)[number];

export const splits = ["train", "validation", "test"] as const;
export type Split = (typeof splits)[number];

export interface DatasetExample {
  task: DatasetTask;
  /** Unique within the data set. */
  id: string;
  /** System, user, assistant: the last one is what shall be learnt. */
  messages: Message[];
  /** What belongs together, and is never parted: a pull request with all its commits, or one commit. */
  group: string;
  /** Seconds since 1970: the oldest and the newest of what was written for it. */
  begin: number;
  end: number;
  source: ExampleSource;
}

/** Where it comes from, for whoever looks a line up. */
export interface ExampleSource {
  pull: number | null;
  commit: string;
  path: string;
  /** Who it was learnt from: a reviewer's remark, what was changed later, or what a commit changed. */
  learntFrom: "remark" | "later change" | "no later change" | "commit";
  /** Of a remark: whether its lines were changed afterwards. */
  outcome?: "changed" | "unchanged" | "unknown";
}
