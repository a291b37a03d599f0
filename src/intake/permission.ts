import type { Octokit } from "@octokit/rest";
import type { RepositoryId } from "../shared/repository.ts";

/** GitHub's roles, least first. */
const roles = ["read", "triage", "write", "maintain", "admin"] as const;

export type Role = (typeof roles)[number];

/**
 * Whether a person has at least this role in a repository; null asks for none. Looked up when a command runs, and not read
 * from the webhook's `author_association`, which shows members whose membership is private as outsiders.
 * Errors: what GitHub answers but 404; the caller must then do nothing (fail closed).
 */
export async function hasRole(
  octokit: Pick<Octokit, "rest">,
  repository: RepositoryId,
  username: string,
  leastRole: Role | null,
): Promise<boolean> {
  if (leastRole === null) return true;
  const role = await roleOf(octokit, repository, username);
  return role !== null && roles.indexOf(role) >= roles.indexOf(leastRole);
}

async function roleOf(
  octokit: Pick<Octokit, "rest">,
  { owner, name }: RepositoryId,
  username: string,
): Promise<Role | null> {
  try {
    const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({ owner, repo: name, username });
    const permissions = data.user?.permissions;
    return permissions ? highestRole(permissions) : standardRole(data.role_name);
  } catch (error) {
    // GitHub knows no such user any more.
    if (error instanceof Error && "status" in error && error.status === 404) return null;
    throw error;
  }
}

type Permissions = NonNullable<
  NonNullable<
    Awaited<ReturnType<Octokit["rest"]["repos"]["getCollaboratorPermissionLevel"]>>["data"]["user"]
  >["permissions"]
>;

/** A custom role has its owner's name for it; the permissions that it includes are told all the same. */
function highestRole(permissions: Permissions): Role | null {
  if (permissions.admin) return "admin";
  if (permissions.maintain) return "maintain";
  if (permissions.push) return "write";
  if (permissions.triage) return "triage";
  return permissions.pull ? "read" : null;
}

/** The answer's third field, `permission`, is not asked: it shows maintain as write and triage as read. */
function standardRole(name: string): Role | null {
  return roles.find((role) => role === name) ?? null;
}
