import { type Dispatcher, fetch, type Response } from "undici";
import { messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";

/** What another try may mend: a busy server, a broken line. */
export class Interrupted extends Error {
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null = null) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** What is there already belongs to another version. */
export class StartAnew extends Interrupted {}

/** What no other try will mend. */
export class WrongFile extends Error {}

export interface DownloadRequest {
  token: string | undefined;
  dispatcher: Dispatcher;
  headers: Record<string, string> | undefined;
  /** Whether nothing has come from this server yet: a line that fails then is a machine without network. */
  first: boolean;
  signal: AbortSignal;
}

/**
 * Asks for a file and follows the hub to the host that keeps it; the token stays with the first host. The hub says in its own
 * answer, before it passes on, which SHA-256 the file has.
 * Errors: Interrupted, WrongFile, or Error in words.
 */
export async function request(
  url: string,
  options: DownloadRequest,
): Promise<{ response: Response; announcedSha256: string | null }> {
  const home = new URL(url);
  let next = home;
  let announcedSha256: string | null = null;
  for (let hop = 0; hop <= limits.downloadRedirects; hop++) {
    const response = await ask(next, next.origin === home.origin, options);
    announcedSha256 ??= linkedSha256(response);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) {
      await checkAnswer(response, next);
      return { response, announcedSha256 };
    }
    await response.body?.cancel();
    const target = new URL(location, next);
    if (next.protocol === "https:" && target.protocol !== "https:") {
      throw new WrongFile(`${next.host} passes on to ${target.origin}, which is not encrypted`);
    }
    next = target;
  }
  throw new WrongFile(`${home.host} passes on in a circle`);
}

async function ask(url: URL, isHome: boolean, options: DownloadRequest): Promise<Response> {
  const { token, dispatcher, headers, first, signal } = options;
  const authorization = token && isHome ? { authorization: `Bearer ${token}` } : {};
  try {
    return await fetch(url, {
      // A compressed answer has neither the file's length nor its ranges.
      headers: { "accept-encoding": "identity", ...headers, ...authorization },
      redirect: "manual",
      dispatcher,
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const message = `${url.origin} cannot be reached (${messageOf(cause)})`;
    throw first ? new Error(message, { cause: error }) : new Interrupted(message);
  }
}

/** The hub keeps large files under their SHA-256, and names it as the tag of what it links to. */
function linkedSha256({ headers }: Response): string | null {
  return /^"?([0-9a-f]{64})"?$/.exec(headers.get("x-linked-etag") ?? "")?.[1] ?? null;
}

async function checkAnswer(response: Response, { host }: URL): Promise<void> {
  const { status } = response;
  if (status === 200 || status === 206) {
    if (!/^text\/html/i.test(response.headers.get("content-type") ?? "")) return;
    await response.body?.cancel();
    throw new WrongFile(`${host} answers with a web page instead of the file`);
  }
  await response.body?.cancel();
  if (status === 416) throw new StartAnew(`${host} no longer has the file that was begun`);
  if (status === 408 || status === 429 || status >= 500) {
    throw new Interrupted(`${host} answers ${status}`, retryAfterMs(response));
  }
  if (status === 401 || status === 403) {
    throw new WrongFile(`${host} answers ${status}: it asks for a token (HF_TOKEN) that may read this repository`);
  }
  if (status === 404) throw new WrongFile(`${host} answers 404: there is no such file`);
  throw new WrongFile(`${host} answers ${status}`);
}

/** `Retry-After` in seconds or as a date. */
function retryAfterMs({ headers }: Response): number | null {
  const value = headers.get("retry-after");
  if (value === null) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
