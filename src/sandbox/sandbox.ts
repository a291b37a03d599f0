/**
 * PORT: where a repository's own commands run. What they are given is a private copy of a work tree; nothing else can be
 * written, there is no network, no other process, no variable, file or socket of the host that could hold a secret, and
 * nothing survives a command's end.
 */
export interface Sandbox {
  /** The back end and what watches its limits, in words, for a log of what was verified. */
  readonly description: string;
  /**
   * Runs one command in the root of the copy. Its writes stay for the commands after it, until `close`. Never rejects for
   * what the command does. Errors: AssistantError `no-sandbox` where the sandbox itself cannot start any more;
   * `sandbox-closed`; the signal's reason when it is aborted (the command is then killed first).
   */
  run(command: SandboxCommand, options?: RunOptions): Promise<SandboxRun>;
  /** Kills what runs and removes the copy. The work tree itself was never written to. */
  close(): Promise<void>;
}

/** A command as the repository configures it on its default branch; a text is a line for `sh -c`. */
export interface SandboxCommand {
  /** For example `test`; shown to people. */
  name: string;
  run: string | string[];
}

export interface RunOptions {
  /** Default `limits.sandboxRunMs`. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** What a limit was; null where the command ended by itself. */
export type SandboxLimit = "time" | "memory" | "processes" | "disk";

export interface SandboxRun {
  /** Null where a signal ended it. */
  exitCode: number | null;
  /** For example `SIGKILL`; null where it exited. */
  signal: string | null;
  timedOut: boolean;
  limitHit: SandboxLimit | null;
  /**
   * The start and the end of standard output and standard error together, in the order of writing: at most
   * `limits.sandboxOutputBytes`, without control characters and without what has the form of a secret. The end is longer than the start.
   */
  outputTail: string;
  /** Bytes of the output that are not in it. */
  truncatedBytes: number;
  /** The first lines of the output that read like an error, to be put before a model ahead of the output. */
  errorLines: string[];
  /** Wall time. */
  ms: number;
}

export interface SandboxOptions {
  signal?: AbortSignal;
  /** What the lock files ask for, made by `prepareDependencies`; mounted read-only. */
  dependencies?: PreparedDependencies;
  /** The back ends' settings of this server. */
  settings?: SandboxSettings;
  /** Bytes of memory of all processes together. Default `limits.sandboxMemoryBytes`. */
  memoryBytes?: number;
  /** Processes and threads at once. Default `limits.sandboxProcesses`. */
  processes?: number;
  /** Bytes that the copy may grow by; also the size of /tmp. Default `limits.sandboxDiskBytes`. */
  diskBytes?: number;
}

/** What the private copy is filled with; `gitTree` (git-tree.ts) makes one from a commit and edited files. */
export interface SandboxTree {
  /** Writes every file below the folder, which exists and is empty. Errors: the signal's reason. */
  writeTo(folder: string, signal?: AbortSignal): Promise<void>;
}

/** Section `implement` of the server's configuration, as far as it concerns the sandbox. */
export interface SandboxSettings {
  /** URLs of package registries; empty: those that npm and pip of this server are configured for. */
  registries: string[];
  /** Further folders of the host with tools, readable inside at the same path; their `bin` is on PATH. */
  tools: string[];
  /** The most that one command of a repository may take. Default `limits.sandboxRunMs`. */
  minutes?: number | undefined;
  /** Image with the tools, for machines where only a rootless podman or docker is at hand. */
  image?: string | undefined;
}

/** Folders of packages, and what makes commands find them. */
export interface PreparedDependencies {
  mounts: { /** Absolute, on the host. */ source: string; /** Absolute, inside. */ target: string }[];
  /** Folders inside them that tools write caches to: empty at first, and gone with the sandbox. */
  scratch?: string[];
  /** Folders inside that stand before all others on PATH. */
  path: string[];
  env: Record<string, string>;
  /** What was prepared, from which lock file, for people. */
  notes: string[];
  /** Lock files that ask for something that is not done here, each with the reason. */
  refused: { path: string; reason: string }[];
}

/** Where the copy of the work tree lies inside, whatever the host calls it. */
export const treeInside = "/repository";
