import { HttpError } from "./errors.ts";
import { findRepository, type GitHubState, type Repository, repositoryName, userNamed } from "./state.ts";

/** Lower-cased `owner/name` that a repository had before. */
const formerNames = new WeakMap<GitHubState, Map<string, Repository>>();

/**
 * Gives a repository another name, or another owner: then the installation of the former one sees it no more, and one of the
 * new owner does.
 */
export function renameRepository(
  state: GitHubState,
  repository: Repository,
  to: { owner?: string; name?: string },
): void {
  const from = repositoryName(repository).toLowerCase();
  const known = formerNames.get(state) ?? new Map<string, Repository>();
  formerNames.set(state, known.set(from, repository));
  state.repositories.delete(from);
  repository.name = to.name ?? repository.name;
  repository.owner = to.owner === undefined ? repository.owner : userNamed(state, to.owner, "Organization");
  const key = repositoryName(repository).toLowerCase();
  state.repositories.set(key, repository);
  for (const { account, repositories } of state.installations) {
    const had = repositories.delete(from);
    if (account === repository.owner && (had || to.owner !== undefined)) repositories.add(key);
  }
  for (const { installation, repositories, narrowed } of state.tokens.values()) {
    const had = repositories.delete(from);
    if (installation.repositories.has(key) && (had || !narrowed)) repositories.add(key);
  }
}

/** The repository that had this name, as long as no other one has it. */
export function movedFrom(state: GitHubState, owner: string, name: string): Repository | undefined {
  return findRepository(state, owner, name) ? undefined : formerNames.get(state)?.get(`${owner}/${name}`.toLowerCase());
}

/**
 * The path that a request of the API is about: by its number a repository is found under any name.
 * Errors: HttpError 301, or 307 of what is not read, for a former name: GitHub redirects to the number.
 */
export function followedPath(state: GitHubState, method: string, url: URL): string {
  const [, id, below = ""] = /^\/repositories\/(\d+)(\/.*)?$/.exec(url.pathname) ?? [];
  const numbered = [...state.repositories.values()].find((one) => String(one.id) === id);
  if (numbered) return `/repos/${repositoryName(numbered)}${below}`;
  const [, owner = "", name = "", rest = ""] = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
  const moved = movedFrom(state, owner, name);
  if (!moved) return url.pathname;
  const location = `${state.urls.api}/repositories/${moved.id}${rest}${url.search}`;
  const isRead = method === "GET" || method === "HEAD";
  throw new HttpError(isRead ? 301 : 307, isRead ? "Moved Permanently" : "Temporary Redirect", undefined, { location });
}
