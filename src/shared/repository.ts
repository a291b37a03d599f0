/** A repository as GitHub names it. `host` is `github.com`, a GHES host, or `local` for a clone on this machine. */
export interface RepositoryId {
  host: string;
  owner: string;
  name: string;
  /** GitHub's number of it, which stays whatever it is called; absent where GitHub did not tell. */
  id?: number | undefined;
}

/** `HOST/OWNER/NAME`, lower-cased: GitHub compares names without case, and so do the folders under ASSISTANT_HOME. */
export function repositoryKey(id: RepositoryId): string {
  return `${id.host}/${id.owner}/${id.name}`.toLowerCase();
}

/** A repository by its key, lower-cased. */
export function repositoryOf(key: string): RepositoryId {
  const [host = "", owner = "", name = ""] = key.split("/");
  return { host, owner, name };
}
