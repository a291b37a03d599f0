import type { RepositoryId } from "../shared/repository.ts";
import type { CheckAnnotation, CheckApi, CheckFields, StoredCheckRun } from "./check-api.ts";
import type { Payload } from "./memory-comment-api.ts";

interface MemoryCheckRun extends StoredCheckRun {
  head: string;
  notes: CheckAnnotation[];
}

/** Check runs that exist only here. */
export function createMemoryCheckApi({ owner, name }: RepositoryId, send: (payload: Payload) => void): CheckApi {
  const root = `/repos/${owner}/${name}/check-runs`;
  const runs: MemoryCheckRun[] = [];

  return {
    checkRuns: async (head) => runs.filter((run) => run.head === head).map((run) => ({ ...run })),

    async createCheckRun(run) {
      send({ method: "POST", path: root, body: { ...run } });
      const id = runs.length + 1;
      const empty = { status: "queued", conclusion: null, title: "", summary: "", annotations: 0, notes: [] };
      const made: MemoryCheckRun = { id, externalId: run.external_id, head: run.head_sha, ...empty };
      runs.push(made);
      apply(made, run);
      return id;
    },

    async updateCheckRun(id, fields) {
      const run = runs.find((one) => one.id === id);
      if (!run) throw new Error(`there is no check run ${id}`);
      send({ method: "PATCH", path: `${root}/${id}`, body: { ...fields } });
      apply(run, fields);
    },

    annotations: async (id) => runs.find((run) => run.id === id)?.notes.slice() ?? [],
    pullCommits: async () => [],
  };
}

/** As GitHub: a conclusion completes a run, annotations add up. */
function apply(run: MemoryCheckRun, { status, conclusion, output }: CheckFields): void {
  run.status = conclusion ? "completed" : (status ?? run.status);
  run.conclusion = conclusion ?? run.conclusion;
  run.title = output?.title ?? run.title;
  run.summary = output?.summary ?? run.summary;
  run.notes.push(...(output?.annotations ?? []));
  run.annotations = run.notes.length;
}
