/** A repository as GitHub names it. `host` is `github.com`, a GHES host, or `local` for a clone on this machine. */
export interface RepositoryId {
  host: string;
  owner: string;
  name: string;
}

/** `HOST/OWNER/NAME`, lower-cased: GitHub compares names without case, and so do the folders under ASSISTANT_HOME. */
export function repositoryKey(id: RepositoryId): string {
  return `${id.host}/${id.owner}/${id.name}`.toLowerCase();
}
