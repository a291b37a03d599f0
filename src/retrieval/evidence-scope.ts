import type { ServerFile } from "../config/server-file.ts";
import { limits } from "../shared/limits.ts";
import { type RepositoryId, repositoryKey } from "../shared/repository.ts";

/** What GitHub says of a repository at this moment. */
export interface RepositoryFacts {
  /** As GitHub calls it: another name than the one asked for where it was renamed or moved. */
  owner: string;
  name: string;
  /** `public`, `private` or `internal`; what is none of them is treated as the strictest. */
  visibility: string;
  fork: boolean;
}

/** Who may read what, asked from GitHub. Implemented by github-access.ts. */
export interface RepositoryAccess {
  /** Null where there is no such repository, or none that we may see. */
  describe(repository: RepositoryId): Promise<RepositoryFacts | null>;
  /**
   * Ids of everybody who may read it, or (`outside`) of those who are no members of its organisation.
   * Throws where not every one of them could be read.
   */
  readers(repository: RepositoryId, who: "all" | "outside"): Promise<ReadonlySet<number>>;
}

export interface EvidenceScope {
  /** Repositories whose code may be shown beside the subject's own. */
  allowed: RepositoryId[];
  /** What the operator has listed, and why it is not used. */
  refused: { repository: RepositoryId; reason: string }[];
}

/**
 * Repositories that a subject may be shown evidence from: those that the operator lists for it in `config.yml`, as far as
 * everybody who may read the subject may read them too. Nothing that a repository holds has a say in this, because whoever
 * opens a pull request could change it. Asked anew for every run: access that was taken away must not linger.
 *
 * A public source is for everybody. A private one is for a private subject alone whose every reader may read the source;
 * an internal one for an internal subject of the same owner. In doubt, and whenever GitHub does not answer: no.
 */
export async function allowedRepositories(
  subject: RepositoryId,
  configuration: ServerFile["evidence"],
  access: RepositoryAccess,
): Promise<EvidenceScope> {
  const scope: EvidenceScope = { allowed: [], refused: [] };
  const listed = listedSources(subject, configuration);
  for (const [index, source] of listed.entries()) {
    const reason =
      index < limits.evidenceRepositories
        ? await refusal(subject, source, access).catch(() => "GitHub did not say who may read it")
        : `only the first ${limits.evidenceRepositories} are used`;
    if (reason === null) scope.allowed.push(source);
    else scope.refused.push({ repository: source, reason });
  }
  return scope;
}

/** Each once, without the subject itself, which needs no permission. Names without a host are of the subject's. */
function listedSources(subject: RepositoryId, { repositories }: ServerFile["evidence"]): RepositoryId[] {
  const named = (text: string): RepositoryId => {
    const [owner = "", name = ""] = text.split("/");
    return { host: subject.host, owner, name };
  };
  const own = repositoryKey(subject);
  const sources = repositories
    .filter((entry) => repositoryKey(named(entry.subject)) === own)
    .flatMap(({ from }) => from.map(named))
    .filter((source) => repositoryKey(source) !== own);
  return [...new Map(sources.map((source) => [repositoryKey(source), source])).values()];
}

/** Why the source may not be used, or null where it may. */
async function refusal(subject: RepositoryId, source: RepositoryId, access: RepositoryAccess): Promise<string | null> {
  const [of, from] = [await access.describe(subject), await access.describe(source)];
  if (of === null || from === null) return "GitHub shows no such repository";
  if (!isCalled(of, subject) || !isCalled(from, source)) return "it has another name now; list it by that";
  if (from.visibility === "public") return null;
  if (of.visibility === "public") return "it is not public, and the subject is";
  // Who may read a fork follows from what it was forked from, and the list of its own readers does not say so.
  if (of.fork || from.fork) return "forks that are not public are not compared";

  const bothInternal = of.visibility === "internal" && from.visibility === "internal";
  const bothPrivate = of.visibility === "private" && from.visibility === "private";
  if (!bothPrivate && !(bothInternal && sameOwner(of, from)))
    return "its readers cannot be compared with the subject's";
  // Internal repositories are open to every member; guests of the subject may be none of them.
  const needed = await access.readers(subject, bothInternal ? "outside" : "all");
  // Somebody reads every private repository: an empty list is one that we are not shown.
  if (bothPrivate && needed.size === 0) return "GitHub names no reader of the subject";
  const readers = await access.readers(source, "all");
  return [...needed].every((reader) => readers.has(reader)) ? null : "not everybody who reads the subject may read it";
}

function isCalled({ owner, name }: RepositoryFacts, repository: RepositoryId): boolean {
  return repositoryKey({ ...repository, owner, name }) === repositoryKey(repository);
}

function sameOwner(a: RepositoryFacts, b: RepositoryFacts): boolean {
  return a.owner.toLowerCase() === b.owner.toLowerCase();
}
