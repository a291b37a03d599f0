import type { Octokit } from "@octokit/rest";
import { AssistantError } from "../shared/errors.ts";
import { redactTokens } from "../shared/secrets.ts";
import type { RepositoryId } from "../shared/repository.ts";

interface Subject {
  repository: RepositoryId;
  /** Of the issue or pull request; null where the job may write to others too. */
  number: number | null;
}

/** What is read of a request before it is sent. */
interface Request {
  method?: string;
  url?: string;
  owner?: unknown;
  repo?: unknown;
  issue_number?: unknown;
  pull_number?: unknown;
  request?: Record<string, unknown>;
  [parameter: string]: unknown;
}

const guarded = new WeakMap<object, Subject[]>();

/**
 * Holds a client of one job to the job's own subject, whatever the code that uses it was made to do: it writes to no other
 * repository, and to no other issue or pull request. No key or token leaves in a text. The last gate before the network.
 * Where the repository was renamed meanwhile, GitHub redirects: what writes does not follow, since a job under the new name
 * may be writing there already.
 * Errors, of requests: an Error, since only a mistake of ours can lead there; AssistantError `repository-moved` (transient).
 */
export function keepToSubject(octokit: Pick<Octokit, "hook">, subject: Subject): void {
  const known = guarded.get(octokit);
  // A client that several jobs share, as in a workflow's run, may do what one of them may.
  if (known !== undefined) return void known.push(subject);
  const subjects = [subject];
  guarded.set(octokit, subjects);
  octokit.hook.before("request", (options) => {
    const request = options as unknown as Request;
    if (!isWrite(request)) return;
    if (!subjects.some((one) => isOwn(request, one)))
      throw new Error(`a job wanted to write where it has no business: ${request.method} ${request.url}`);
    cleanTexts(request);
    request.request = { ...request.request, redirect: "manual" };
  });
  octokit.hook.after("request", ({ status }, options) => {
    if (status >= 300 && isWrite(options)) throw repositoryMoved(subject.repository);
  });
}

function repositoryMoved({ owner, name }: RepositoryId): AssistantError {
  return new AssistantError(`${owner}/${name} has another name by now`, {
    code: "repository-moved",
    remedy: "Nothing: the job is done under the new name.",
    transient: true,
  });
}

function isWrite({ method = "GET", url = "", query }: Request): boolean {
  // A token that has run out in the middle of a job is asked for by the client itself; nobody sees that.
  if (method === "GET" || method === "HEAD" || url.endsWith("/access_tokens")) return false;
  return !(url.endsWith("/graphql") && typeof query === "string" && !query.trimStart().startsWith("mutation"));
}

/** Threads are named by ids that GitHub gave for this subject; all else by owner, name and number. */
function isOwn(request: Request, { repository, number }: Subject): boolean {
  const { url = "", issue_number: issue, pull_number: pull } = request;
  if (url.endsWith("/graphql")) return true;
  const [, inUrl, nameInUrl] = /\/repos\/([^/{}]+)\/([^/{}?]+)(?=\/|$)/.exec(url) ?? [];
  const owner = inUrl ?? request.owner;
  const name = nameInUrl ?? request.repo;
  if (!isSame(owner, repository.owner) || !isSame(name, repository.name)) return false;
  return number === null || [issue, pull].every((one) => one === undefined || one === number);
}

/** GitHub does not heed case in names. */
function isSame(one: unknown, other: string): boolean {
  return typeof one === "string" && one.toLowerCase() === other.toLowerCase();
}

const textKeys = new Set(["body", "title", "summary", "text", "message", "raw_details", "description"]);

/** In place. Contents of files are another thing: whoever writes them looks at them before. */
function cleanTexts(value: Record<string, unknown>): void {
  if (typeof value["url"] === "string" && /\/(?:git|contents)\//.test(value["url"])) return;
  for (const [key, one] of Object.entries(value)) {
    if (typeof one === "string" && textKeys.has(key)) value[key] = redactTokens(one);
    else if (Array.isArray(one)) one.filter(isRecord).forEach(cleanTexts);
    else if (isRecord(one) && key !== "request") cleanTexts(one);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof AbortSignal);
}
