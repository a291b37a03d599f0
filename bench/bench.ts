export interface BenchOptions {
  /** Ends within a minute on two cores. */
  quick: boolean;
  /** A clone or bare repository: the first of `repos`, else the current folder. */
  repo: string;
  /** Sources as named: `engram` takes several, plain folders too, or none. */
  repos: readonly string[];
  /** About how many chunks the corpus shall have; undefined for all there are. */
  chunks: number | undefined;
  /** Commits that `invariant` walks, that `retrieval` asks. */
  commits: number;
  /** Pull requests whose warnings `retrieval` judges. */
  pulls: number;
  /** Changes that `review` replays; undefined for its own choice. */
  changes: number | undefined;
  /** Webhooks that `service` sends, the accounts they come from, and how many a second; undefined for its own choice. */
  events: number | undefined;
  installations: number | undefined;
  rate: number | undefined;
  /** For so long `service` is under load without kills; undefined: it is killed now and then. */
  minutes: number | undefined;
  /** Of `service`: sqlite or redis. */
  queue: string;
  /** Most seconds that a task of `implement` may take; undefined for its own choice. */
  seconds: number | undefined;
  /** Compare at every commit, not at a sample. */
  full: boolean;
  /** Python with the package `tantivy`. */
  python: string;
  /** GGUF file that `models` and `context` run; null for the default model. Several for `context`. */
  model: string | null;
  models: readonly string[];
  /** File of an exported tracker, for `triage`; null where none is named. */
  tracker: string | null;
  /** Keeps engrams and token files here, for another run; null for a folder of this run's own. */
  work: string | null;
}

/** Rows for people, and the same figures by stable keys. */
export interface BenchResult {
  rows: [name: string, value: string][];
  figures: Record<string, unknown>;
  /** False where something that must be equal is not. */
  ok?: boolean;
}

/** How far a bench of minutes has come. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
