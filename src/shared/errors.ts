/** Process exit codes, the same for every verb (docs/architecture.md, "Exit codes"). */
export const ExitCode = { fine: 0, no: 1, usage: 2, internal: 3 } as const;

export interface AssistantErrorOptions {
  /** Stable machine-readable name, for example `not-a-repository`. */
  code: string;
  /** What the reader can do about it: one sentence, imperative. */
  remedy: string;
  /** `ExitCode.usage` unless given. */
  exitCode?: number;
  /** Whether the same call may succeed later without anybody changing anything (a job is then retried). */
  transient?: boolean;
  /** When it may, in ms from now, where that is known. */
  retryAfterMs?: number;
  cause?: unknown;
}

/** An error that a person caused or can mend: printed as one line, cause and remedy, never with a stack trace. */
export class AssistantError extends Error {
  override readonly name = "AssistantError";
  readonly code: string;
  readonly remedy: string;
  readonly exitCode: number;
  readonly transient: boolean;
  readonly retryAfterMs: number | null;

  constructor(message: string, options: AssistantErrorOptions) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.remedy = options.remedy;
    this.exitCode = options.exitCode ?? ExitCode.usage;
    this.transient = options.transient ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
