import { loadSettings } from "../config/server-config.ts";
import type { Engram } from "../engram/engram.ts";
import { createUnitParser } from "../engram/units/tree-sitter-parser.ts";
import type { UnitParser } from "../engram/units/unit-parser.ts";
import { openPast } from "../handlers/remember.ts";
import { openCodeGraph } from "../retrieval/graph/open-code-graph.ts";
import type { Past } from "../retrieval/past.ts";
import type { RankingSources } from "../retrieval/ranked-file.ts";
import { type LocalServices, openLocalServices } from "../services.ts";
import { findDefaultBranch, localEngramKey, openLocalClone, resolveCommit } from "../workspace/local-clone.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { interruptSignal } from "./interrupt.ts";
import { terminalProgress } from "./progress.ts";

/** What a repository knew at one commit. */
export interface OpenEvidence {
  gitDir: string;
  /** Full id of the commit that is looked from: the engram's tree, and the newest that is seen of the past. */
  commit: string;
  view: Engram;
  /** Read when it is first asked for. */
  past(): Promise<Past>;
  sources(): Promise<RankingSources>;
  /** With the grammars of all files of the tree. */
  units(): Promise<UnitParser>;
  signal: AbortSignal;
}

/** A repository whose commits can be opened, one at a time. */
export interface OpenRepository {
  workspace: Workspace;
  /** Opens what is known at a commit; what was opened before is closed. Errors: as resolveCommit. */
  open(ref: string): Promise<OpenEvidence>;
  signal: AbortSignal;
}

/** Opens a clone or bare repository for as long as `use` takes. Errors: as openLocalClone. */
export async function withRepository<T>(repo: string, use: (repository: OpenRepository) => Promise<T>): Promise<T> {
  const workspace = await openLocalClone(repo);
  const { gitDir } = workspace;
  const key = localEngramKey(gitDir);
  const signal = interruptSignal();
  const progress = terminalProgress(process.stderr);
  const tellOnce = once(async () => noteMissingHistory());
  let services: LocalServices | null = null;
  let opened: Engram | null = null;

  async function open(ref: string): Promise<OpenEvidence> {
    const commit = await resolveCommit(gitDir, ref);
    const { engrams, past: stores } = (services ??= openLocalServices(loadSettings(), { models: false }));
    opened?.close();
    const onProgress = (done: number, total: number): void => progress("reading", done, total);
    const { engram: view } = await engrams.update(key, gitDir, commit, { signal, onProgress });
    opened = view;
    progress("");
    const past = once(async () => {
      if (workspace.shallow) await tellOnce();
      const defaultCommit = await newestCommit(gitDir, commit);
      const request = { key, gitDir, commit, defaultCommit, learn: false, signal, onProgress: progress };
      const found = await openPast(request, stores);
      progress("");
      return found;
    });
    const graph = openCodeGraph(view);
    const sources = async () => ({ view, history: (await past()).history, graph });
    return { gitDir, commit, view, past, sources, units: once(() => prepareUnits(view)), signal };
  }

  try {
    return await use({ workspace, open, signal });
  } finally {
    progress("");
    await (services as LocalServices | null)?.close();
  }
}

/** As withRepository, at one commit. */
export async function withEvidence<T>(
  { repo, at }: { repo: string; at: string },
  use: (evidence: OpenEvidence) => Promise<T>,
): Promise<T> {
  return withRepository(repo, async (repository) => use(await repository.open(at)));
}

function noteMissingHistory(): void {
  process.stderr.write("note: this is a shallow clone: older history is not searched (git fetch --unshallow)\n");
}

/** Pull requests are placed by the default branch, whatever commit is looked from. */
async function newestCommit(gitDir: string, fallback: string): Promise<string> {
  try {
    return await resolveCommit(gitDir, await findDefaultBranch(gitDir));
  } catch {
    return fallback;
  }
}

async function prepareUnits(view: Engram): Promise<UnitParser> {
  const parser = createUnitParser();
  await parser.prepare(view.paths());
  return parser;
}

function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | null = null;
  return () => (opened ??= open());
}
