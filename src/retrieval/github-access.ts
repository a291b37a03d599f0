import type { Octokit } from "@octokit/rest";
import { limits } from "../shared/limits.ts";
import type { RepositoryId } from "../shared/repository.ts";
import type { RepositoryAccess } from "./evidence-scope.ts";

const PAGE = 100;

/** As GitHub's REST API tells it to this installation. Errors are those of Octokit; whoever asks must take them for a no. */
export function createGitHubAccess(octokit: Pick<Octokit, "rest">, signal?: AbortSignal): RepositoryAccess {
  const { repos } = octokit.rest;
  const request = { signal };

  return {
    async describe({ owner, name }) {
      try {
        const { data } = await repos.get({ owner, repo: name, request });
        // An older server says `private` alone.
        const visibility = data.private && data.visibility === "public" ? "private" : (data.visibility ?? "unknown");
        return { owner: data.owner.login, name: data.name, visibility, fork: data.fork };
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    },

    async readers({ owner, name: repo }: RepositoryId, who) {
      const readers = new Set<number>();
      for (let page = 1; ; page++) {
        const query = { owner, repo, affiliation: who, per_page: PAGE, page, request } as const;
        const { data, headers } = await repos.listCollaborators(query);
        for (const { id, permissions } of data) {
          if (permissions?.pull !== true) throw new Error("GitHub does not say what its collaborators may do");
          readers.add(id);
        }
        if (readers.size > limits.readersCompared) throw new Error("there are too many readers to be compared");
        // A full page may be followed by another one, whatever a proxy has made of the header.
        if (data.length < PAGE && !/rel="next"/.test(headers.link ?? "")) return readers;
      }
    },
  };
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "status" in error && error.status === 404;
}
