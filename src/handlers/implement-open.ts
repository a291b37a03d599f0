import type { RepositoryConfig } from "../config/repository-config.ts";
import type { Engram, EngramView } from "../engram/engram.ts";
import { layChangeOver } from "../engram/lay-change-over.ts";
import { updateEngram } from "../pipeline.ts";
import type { ImplementOutcome } from "../publish/implement-outcome.ts";
import { askedModels } from "../model/asked-models.ts";
import { limits } from "../shared/limits.ts";
import { listTree } from "../shared/git-objects.ts";
import { implementChange } from "../tasks/implement/implement-change.ts";
import type { ImplementProgress, ImplementRequest } from "../tasks/implement/input.ts";
import { fetchPull } from "../workspace/open-pull.ts";
import { findMergeBase, readChange } from "../workspace/read-change.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { ImplementSubject } from "./implement-subject.ts";
import { implementTools } from "./implement-tools.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import { fetchDefaultBranch, syncTracker } from "./job-steps.ts";
import { openWorkTree } from "./open-work-tree.ts";
import { openPast } from "./remember.ts";
import { readRules } from "./repository-rules.ts";
import { withSpecifications } from "./specifications.ts";

/** The repository at the commit that a change is made on. */
export interface OpenImplementation {
  config: RepositoryConfig;
  /** Why the repository's configuration could not be read, so that `config` is made of defaults; null where it was. */
  problem: string | null;
  /** The branch that the change is for. */
  target: string;
  /** Paths of programs in that commit. */
  executables: ReadonlySet<string>;
  implement(request: ImplementRequest, tell: (progress: ImplementProgress) => void): Promise<ImplementOutcome>;
  close(): void;
}

type Workable = Extract<ImplementSubject, { kind: "issue" | "pull" }>;

/** Opens the default branch, or the head of our pull request. What may be run there, the default branch alone says. */
export async function openImplementation(
  job: JobOf<"implement">,
  subject: Workable,
  context: JobContext,
): Promise<OpenImplementation> {
  const { services, signal, key } = context;
  const tree = await fetchTree(job, subject, context);
  const { workspace, commit, defaultCommit } = tree;
  const { gitDir } = workspace;
  const { config, problem } = await readRules(job, context, workspace, defaultCommit);
  await workspace.prefetchTrees([commit, defaultCommit]);
  await syncTracker(job, context, limits.triageSyncMs);
  const request = { workspace, engramKey: key, engramCommit: defaultCommit, signal, progress: context.progress };
  const engram = await updateEngram(request, services.engrams);
  try {
    const view: EngramView = await viewOf(engram, tree);
    const past = await openPast({ key, gitDir, commit, defaultCommit, learn: false, signal }, services.past);
    const entries = await listTree(gitDir, commit, signal);
    const { implement: settings } = config;
    const { home, implement: sandbox } = services.config;
    const onStep = (step: string): void => context.progress(step);
    const where = { gitDir, commit, baseCommit: defaultCommit, cache: home.dependencies };
    const worked = await openWorkTree({ ...where, settings, sandbox, signal, onStep });
    return {
      config,
      problem,
      target: tree.target,
      executables: new Set(entries.filter(({ mode }) => mode === "100755").map(({ path }) => path)),
      implement: (asked, onProgress) =>
        withSpecifications(home.knowledge, job.repository, (specifications) =>
          implementChange(
            {
              request: asked,
              settings,
              tree: worked,
              view,
              past,
              units: services.units,
              models: askedModels(services.models, config.models),
              specifications,
              tools: implementTools,
              onProgress,
            },
            signal,
          ),
        ),
      close: () => engram.close(),
    };
  } catch (error) {
    engram.close();
    throw error;
  }
}

interface FetchedTree {
  workspace: Workspace;
  /** What the change is made on. */
  commit: string;
  defaultCommit: string;
  target: string;
}

async function fetchTree(job: JobOf<"implement">, subject: Workable, context: JobContext): Promise<FetchedTree> {
  if (subject.kind === "issue") {
    const { workspace, commit, branch } = await fetchDefaultBranch(job, context);
    return { workspace, commit, defaultCommit: commit, target: branch };
  }
  const { services, mirror, remote, key, signal } = context;
  const pull = { number: subject.number, targetBranch: subject.target, defaultBranch: subject.defaultBranch };
  const { workspace, head, defaultCommit } = await services.exclusive(key, () =>
    fetchPull(mirror, remote, pull, signal),
  );
  return { workspace, commit: head, defaultCommit, target: subject.target };
}

/** The engram follows the default branch; what a pull request has changed since lies over it. */
async function viewOf(engram: Engram, { workspace, commit, defaultCommit }: FetchedTree): Promise<EngramView> {
  if (commit === defaultCommit) return engram;
  const base = await findMergeBase(workspace.gitDir, defaultCommit, commit);
  await workspace.prefetchTrees([base]);
  return layChangeOver(engram, await readChange(workspace.gitDir, base, commit), workspace.gitDir);
}
