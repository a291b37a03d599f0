import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { ZodError } from "zod";
import { AssistantError, ExitCode, messageOf } from "../shared/errors.ts";

/**
 * Answers JSON lines with JSON lines, in order, one at a time, as they come: a program that keeps the pipe open may wait for
 * each answer. A line that is wrong is answered with `{"error": …, "remedy": …}`, and the rest goes on.
 * @param file `-` is standard input
 * @param handle gives what is printed; what is wrong with a value, it throws as AssistantError or ZodError
 * @returns the exit code: 0, 1 where a line was wrong, 3 where one met a mistake of ours
 * Errors: AssistantError `cannot-read-file`.
 */
export async function runBatch(file: string, handle: (value: unknown) => Promise<unknown>): Promise<number> {
  let exitCode: number = ExitCode.fine;
  for await (const line of readLines(file)) {
    if (line.trim() === "") continue;
    const { answer, code } = await answerLine(line, handle);
    await print(answer);
    exitCode = Math.max(exitCode, code);
  }
  return exitCode;
}

async function* readLines(file: string): AsyncGenerator<string> {
  const input = file === "-" ? process.stdin : createReadStream(file);
  const failed = new Promise<never>((_, reject) => input.once("error", reject));
  failed.catch(() => {}); // told by the race below
  const lines = createInterface({ input, crlfDelay: Infinity })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value, done } = await Promise.race([lines.next(), failed]);
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw new AssistantError(`${file} cannot be read: ${messageOf(error)}`, {
      code: "cannot-read-file",
      remedy: "Name a file with one JSON value a line, or - for standard input.",
      cause: error,
    });
  }
}

async function answerLine(line: string, handle: (value: unknown) => Promise<unknown>) {
  try {
    return { answer: await handle(parse(line)), code: ExitCode.fine };
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    return explain(error);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new AssistantError("this line is not JSON", {
      code: "bad-batch-line",
      remedy: "Give one JSON value a line.",
      cause: error,
    });
  }
}

function explain(error: unknown): { answer: unknown; code: number } {
  if (error instanceof AssistantError) {
    return { answer: { error: error.message, remedy: error.remedy }, code: ExitCode.no };
  }
  if (error instanceof ZodError) {
    const text = error.issues.map(({ path, message }) => `${path.join(".") || "the value"}: ${message}`).join("; ");
    return { answer: { error: text, remedy: "Correct the value; --help shows one." }, code: ExitCode.no };
  }
  return { answer: { error: `internal error: ${messageOf(error)}` }, code: ExitCode.internal };
}

/** Waits where the reader is slower than we are. */
function print(value: unknown): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${JSON.stringify(value)}\n`, () => resolve());
  });
}
