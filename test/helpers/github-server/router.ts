import type { IncomingHttpHeaders } from "node:http";
import { githubLimits } from "./github-limits.ts";
import { requirePermission } from "./auth.ts";
import { HttpError, notFound } from "./errors.ts";
import {
  type AccessToken,
  findRepository,
  type GitHubState,
  type Repository,
  repositoryName,
  type User,
} from "./state.ts";

/** What a handler answers. `json` is checked against GitHub's schema; `text` is sent as it is. */
export interface Answer {
  status: number;
  json?: unknown;
  text?: string | Buffer;
  contentType?: string;
  headers?: Record<string, string>;
}

export interface Request {
  state: GitHubState;
  method: string;
  /** Without the API prefix, still percent-encoded. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  params: Record<string, string>;
  /** The parsed JSON body; it already fits GitHub's request schema. */
  body: Record<string, unknown>;
}

/** A request with an installation's token, on a repository that the token sees. */
export interface RepositoryRequest extends Request {
  repository: Repository;
  token: AccessToken;
  /** The App's bot: whoever writes with its token. */
  actor: User;
}

type Handler<R> = (request: R) => Answer | Promise<Answer>;

export interface Route {
  method: string;
  /** As in GitHub's OpenAPI description: the key of the schemas. */
  template: string;
  /** Who may ask: anybody, the App (JSON web token), or an installation (access token). */
  access: "anybody" | "app" | "installation";
  handle: (request: Request, token: AccessToken | null) => Answer | Promise<Answer>;
}

/** `operation` is written `METHOD /template`. */
export function route(operation: string, access: "anybody" | "app", handle: Handler<Request>): Route {
  const [method = "", template = ""] = operation.split(" ");
  return { method, template, access, handle };
}

/** A route below `/repos/{owner}/{repo}`: 404 for repositories the token does not see, 403 without a permission. */
export function repositoryRoute(operation: string, anyOf: string[], handle: Handler<RepositoryRequest>): Route {
  const [method = "", template = ""] = operation.split(" ");
  return {
    method,
    template: `/repos/{owner}/{repo}${template}`,
    access: "installation",
    handle(request, token) {
      const { state, params } = request;
      const repository = findRepository(state, params["owner"] ?? "", params["repo"] ?? "");
      if (!repository || !token?.repositories.has(repositoryName(repository).toLowerCase())) throw notFound();
      requirePermission(token, anyOf);
      return handle({ ...request, repository, token, actor: state.app.bot });
    },
  };
}

/** The route of a path with its parameters, decoded. Only `{path}` spans slashes. */
export function matchRoute(
  routes: Route[],
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } | undefined {
  for (const route of routes) {
    if (route.method !== method) continue;
    const match = templatePattern(route.template).exec(path);
    if (!match) continue;
    const params = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value ?? "")]);
    return { route, params: Object.fromEntries(params) as Record<string, string> };
  }
  return undefined;
}

const patterns = new Map<string, RegExp>();

function templatePattern(template: string): RegExp {
  const known = patterns.get(template);
  if (known) return known;
  const source = template
    // The root folder is asked for as `/contents`, without a path.
    .replace("/{path}", "(?:/(?<path>.*))?")
    .replace(/\{(\w+)\}/g, (_, name: string) => (slashParameters.has(name) ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`));
  const pattern = new RegExp(`^${source}/?$`);
  patterns.set(template, pattern);
  return pattern;
}

/** Branch names may be sent with their slashes plain. */
const slashParameters = new Set(["branch", "basehead"]);

export function json(value: unknown, status = 200): Answer {
  return { status, json: value };
}

export function noContent(): Answer {
  return { status: 204 };
}

/** One page of a list, with GitHub's `Link` header. `wrap` builds the body where the list stands inside an object. */
export function paged<T>(
  request: Request,
  items: T[],
  present: (item: T) => unknown,
  wrap: (page: unknown[], total: number) => unknown = (page) => page,
): Answer {
  const size = Math.min(positive(request.query.get("per_page")) ?? githubLimits.pageItems, githubLimits.pageItemsMax);
  const page = positive(request.query.get("page")) ?? 1;
  const shown = items.slice((page - 1) * size, page * size).map(present);
  const link = linkHeader(request, page, Math.ceil(items.length / size));
  return { status: 200, json: wrap(shown, items.length), headers: link ? { link } : {} };
}

/**
 * One page of a long list: `next` names the last item seen (`after`) beside the page, and GitHub counts pages only so far.
 * Errors: HttpError 422 for a page beyond.
 */
export function pagedByCursor<T extends { number: number; createdAt: string; updatedAt: string }>(
  request: Request,
  items: T[],
  order: (a: T, b: T) => number,
  present: (item: T) => unknown,
): Answer {
  const { query } = request;
  const size = Math.min(positive(query.get("per_page")) ?? githubLimits.pageItems, githubLimits.pageItemsMax);
  const after = query.get("after");
  const page = after ? 1 : (positive(query.get("page")) ?? 1);
  if (page * size > githubLimits.countedItems) throw new HttpError(422, beyondCounting);
  const cursor = after && (JSON.parse(Buffer.from(after, "base64url").toString("utf8")) as T);
  const left = items.filter((item) => !cursor || order(cursor, item) < 0).toSorted(order);
  const answer = paged({ ...request, query: withQuery(query, { page: String(page) }) }, left, present);
  const last = left[page * size - 1];
  if (!last || left.length <= page * size) return answer;
  const { number, createdAt, updatedAt } = last;
  const cursorOf = Buffer.from(JSON.stringify({ number, createdAt, updatedAt })).toString("base64url");
  const asked = positive(query.get("page")) ?? 1;
  const next = withQuery(query, { page: String(asked + 1), after: cursorOf });
  return { ...answer, headers: { link: `<${request.state.urls.api}${request.path}?${next.toString()}>; rel="next"` } };
}

const beyondCounting =
  "Pagination with the page parameter is not supported for large datasets, please use cursor based pagination (after/before)";

function withQuery(query: URLSearchParams, more: Record<string, string>): URLSearchParams {
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries(more)) changed.set(name, value);
  return changed;
}

function linkHeader(request: Request, page: number, last: number): string {
  const to = (target: number, rel: string) => {
    const query = new URLSearchParams(request.query);
    query.set("page", String(target));
    return `<${request.state.urls.api}${request.path}?${query.toString()}>; rel="${rel}"`;
  };
  const links: string[] = [];
  if (page > 1) links.push(to(page - 1, "prev"));
  if (page < last) links.push(to(page + 1, "next"), to(last, "last"));
  if (page > 1) links.push(to(1, "first"));
  return links.join(", ");
}

function positive(text: string | null): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

/** Whether the client asked for a media type such as `diff`, `raw` or `sha`. */
export function wants(request: Request, media: string): boolean {
  return new RegExp(`application/vnd\\.github\\.(?:v3\\.)?${media}\\b`).test(request.headers.accept ?? "");
}
