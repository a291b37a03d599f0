import { createReadStream } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { z } from "zod";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { sanitize } from "../shared/sanitize.ts";
import { cutText } from "./cut-text.ts";
import type { TrackedAuthor, TrackedComment, TrackedIssue } from "./tracker.ts";

/** One line of an exported tracker. */
export interface ExportedIssue {
  /** `createdAt` is empty where the export does not tell it. */
  issue: TrackedIssue;
  /** Their ids are made up; unique within the file. */
  comments: TrackedComment[];
  /** Issues that are the same report, as the export says. */
  duplicates: number[];
}

/** Where nothing tells when something changed: before everything else. */
const UNKNOWN_TIME = "1970-01-01T00:00:00Z";

const time = z
  .string()
  .refine(
    (text) => !Number.isNaN(Date.parse(text)),
    "no time that can be read; write ISO 8601, as 2026-05-31T08:00:00Z",
  )
  .transform((text) => new Date(text).toISOString().replace(/\.\d+Z$/, "Z"));
const number = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const commentSchema = z.object({ author: z.string().nullish(), body: z.string().nullish(), createdAt: time.nullish() });

/** What is not in the list is passed over: exports of other programs may say more. */
const exportedIssueSchema = z.object({
  number,
  title: z.string(),
  body: z.string().nullish(),
  state: z.enum(["open", "closed"]).nullish(),
  labels: z.array(z.string()).nullish(),
  createdAt: time.nullish(),
  closedAt: time.nullish(),
  author: z.string().nullish(),
  comments: z.array(commentSchema).nullish(),
  duplicates: z.array(number).nullish(),
});

/**
 * Reads an exported tracker: a file with one issue a line, as JSON (docs/tracker.md); empty lines are passed over. One line is
 * in memory at a time.
 * Errors: AssistantError `cannot-read-file`; `bad-tracker-export`, which names the line.
 */
export async function* readTrackerExport(file: string, signal?: AbortSignal): AsyncGenerator<ExportedIssue> {
  const seen = new Map<number, number>();
  let comments = 0;
  let at = 0;
  for await (const line of readLines(file, signal)) {
    at++;
    if (line.trim() === "") continue;
    const exported = parseLine(line, file, at, comments);
    const { number: issue } = exported.issue;
    const first = seen.get(issue);
    if (first !== undefined) throw bad(file, at, `issue ${issue} stands in line ${first} already`);
    if (seen.size === limits.exportedIssues) throw bad(file, at, `there are more than ${limits.exportedIssues} issues`);
    seen.set(issue, at);
    comments += exported.comments.length;
    yield exported;
  }
  if (seen.size === 0) throw bad(file, Math.max(1, at), "there is no issue in the file");
}

async function* readLines(file: string, signal: AbortSignal | undefined): AsyncGenerator<string> {
  const input = file === "-" ? process.stdin : createReadStream(file, { signal });
  const decoder = new StringDecoder("utf8");
  let pieces: string[] = [];
  let [length, at] = [0, 0];
  function line(): string {
    const whole = pieces.join("");
    [pieces, length] = [[], 0];
    // Some programs put a mark at the beginning of a text file.
    return at++ === 0 ? whole.replace(/^\uFEFF/, "") : whole;
  }

  try {
    for await (const chunk of input) {
      for (const [index, piece] of decoder
        .write(chunk as Buffer)
        .split("\n")
        .entries()) {
        if (index > 0) yield line();
        pieces.push(piece);
        length += piece.length;
      }
      if (length > limits.exportedLineCharacters) throw bad(file, at + 1, "the line is too long for one issue");
    }
  } catch (error) {
    if (error instanceof AssistantError || signal?.aborted) throw error;
    throw new AssistantError(`${file} cannot be read: ${messageOf(error)}`, {
      code: "cannot-read-file",
      remedy: "Name the file of an exported tracker, with one issue a line.",
      cause: error,
    });
  }
  pieces.push(decoder.end());
  yield line();
}

function parseLine(line: string, file: string, at: number, commentsBefore: number): ExportedIssue {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw bad(file, at, `this is not JSON: ${messageOf(error)}`, error);
  }
  const parsed = exportedIssueSchema.safeParse(value);
  if (parsed.success) return toExported(parsed.data, commentsBefore);
  const [first] = parsed.error.issues;
  throw bad(file, at, `${first?.path.join(".") || "the value"}: ${first?.message ?? "is wrong"}`, parsed.error);
}

function toExported(line: z.output<typeof exportedIssueSchema>, commentsBefore: number): ExportedIssue {
  const createdAt = line.createdAt ?? "";
  const closedAt = line.closedAt ?? null;
  const comments = (line.comments ?? []).map((comment, index): TrackedComment => {
    const at = comment.createdAt ?? (createdAt || UNKNOWN_TIME);
    return {
      id: commentsBefore + index + 1,
      issue: line.number,
      body: shownText(comment.body),
      author: authorOf(comment.author),
      createdAt: at,
      updatedAt: at,
    };
  });
  const changes = [createdAt, closedAt ?? "", ...comments.map(({ updatedAt }) => updatedAt)];
  const issue: TrackedIssue = {
    number: line.number,
    pull: false,
    title: sanitize(line.title),
    body: shownText(line.body),
    author: authorOf(line.author),
    state: line.state ?? (closedAt === null ? "open" : "closed"),
    stateReason: null,
    labels: line.labels ?? [],
    createdAt,
    updatedAt: changes.reduce((a, b) => (a > b ? a : b)) || UNKNOWN_TIME,
    closedAt,
    mergedAt: null,
  };
  return { issue, comments, duplicates: (line.duplicates ?? []).filter((other) => other !== line.number) };
}

/** As a tracker that is read from GitHub keeps texts: no longer than there, and nothing that nobody sees. */
function shownText(text: string | null | undefined): string {
  return sanitize(cutText(text ?? "", limits.commentCharacters));
}

/** An export says nothing of who belongs to the project: nobody is believed more than a stranger. */
function authorOf(login: string | null | undefined): TrackedAuthor {
  const name = login || "ghost";
  return { login: name, association: "UNKNOWN", bot: name.endsWith("[bot]") };
}

function bad(file: string, line: number, cause: string, error?: unknown): AssistantError {
  return new AssistantError(`${file}, line ${line}: ${cause}`, {
    code: "bad-tracker-export",
    remedy: 'Give one issue a line, as {"number": 12, "title": "…", "body": "…", "createdAt": "2026-05-31T08:00:00Z"}.',
    cause: error,
  });
}
