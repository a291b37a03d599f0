export interface BenchOptions {
  /** Ends within a minute on two cores. */
  quick: boolean;
  /** A clone or bare repository. */
  repo: string;
}

/** Rows for people, and the same figures by stable keys. */
export interface BenchResult {
  rows: [name: string, value: string][];
  figures: Record<string, unknown>;
}
