import { symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { normalize } from "node:path/posix";
import { openWorkTree } from "../../src/handlers/open-work-tree.ts";
import { gitTree } from "../../src/sandbox/git-tree.ts";
import { openSandbox } from "../../src/sandbox/open-sandbox.ts";
import { GitError, gitText } from "../../src/shared/git.ts";
import { readFileAt } from "../../src/shared/git-objects.ts";
import { createRepository, type TestRepository } from "../../test/helpers/git-repository.ts";
import type { ImplementInput, WorkTree } from "../../src/tasks/implement/input.ts";
import type { EditedFile } from "../../src/edits/edit.ts";

/** A commit that changed one source file and its test; both are read from a clone when the bench runs. */
export interface RealTask {
  repository: string;
  commit: string;
  source: string;
  test: string;
}

/** The files that a commit changed, as it left them. */
export interface OwnChange {
  source: EditedFile;
  test: EditedFile;
}

/** The source as it was before the commit, with what it and the test import, in a repository of its own. */
export interface OpenTask {
  request: { title: string; body: string };
  repository: TestRepository;
  tree: WorkTree;
  settings: ImplementInput["settings"];
  /** What the commit itself made of the two files. */
  own: OwnChange;
  /** Whether the commit's own test, which nobody was shown, passes on these files. */
  passesHidden(files: readonly EditedFile[]): Promise<boolean>;
}

const nodeModules = resolve(import.meta.dirname, "../../node_modules");
/** These tests take seconds; on a machine that is busy tenfold minutes. */
const hiddenMs = 10 * 60_000;
const sandbox = { registries: [], tools: [nodeModules] };

/** Null where no clone has the commit, or its files are not all there. */
export async function openTask(
  task: RealTask,
  clones: readonly string[],
  signal: AbortSignal,
): Promise<OpenTask | null> {
  const gitDir = await cloneWith(task.commit, clones);
  if (gitDir === null) return null;
  const files = await closureOf(await filesOf(gitDir, task.commit), task.test);
  if (files === null) return null;
  const parent = await filesOf(gitDir, `${task.commit}~1`);
  const before = await textAt(parent, task.source);
  const oldTest = await textAt(parent, task.test);
  if (before === null) return null;
  const repository = createRepository();
  for (const [path, text] of files) if (path !== task.test) repository.write(path, text);
  repository.write(task.source, before);
  if (oldTest !== null) repository.write(task.test, oldTest);
  repository.write("package.json", '{ "type": "module" }\n');
  symlinkSync(nodeModules, join(repository.dir, "node_modules"));
  const commit = repository.commit("Before");
  const run = ["node", join(nodeModules, "vitest/vitest.mjs"), "run", "--globals", "--root", ".", task.test];
  const settings = {
    commands: oldTest === null ? [] : [{ name: "test", run }],
    minutes: 10,
    protect: [],
    approve: false,
    documents: null,
  };
  const place = { gitDir: join(repository.dir, ".git"), commit };
  const tree = await openWorkTree({ ...place, settings, sandbox, cache: join(repository.dir, ".cache"), signal });
  const [title = "", ...rest] = (await gitText(gitDir, ["log", "-1", "--format=%B", task.commit])).split("\n");
  const hidden = { path: task.test, before: oldTest, after: files.get(task.test) ?? "" };
  const source = { path: task.source, before, after: files.get(task.source) ?? "" };
  return {
    request: { title, body: rest.join("\n").trim() },
    repository,
    tree,
    settings,
    own: { source, test: hidden },
    async passesHidden(edited) {
      const others = edited.filter(({ path }) => path !== task.test);
      const box = await openSandbox(gitTree({ ...place, edited: [...others, hidden] }), { settings: sandbox, signal });
      try {
        return (await box.run({ name: "hidden", run }, { signal, timeoutMs: hiddenMs })).exitCode === 0;
      } finally {
        await box.close();
      }
    },
  };
}

async function cloneWith(commit: string, clones: readonly string[]): Promise<string | null> {
  for (const clone of clones) {
    try {
      const gitDir = await gitText(clone, ["rev-parse", "--absolute-git-dir"]);
      await gitText(gitDir, ["cat-file", "-e", `${commit}^{commit}`]);
      return gitDir;
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
    }
  }
  return null;
}

/** A commit of a clone whose files are read many at a time. */
interface CommitFiles {
  gitDir: string;
  commit: string;
  paths: ReadonlySet<string>;
}

async function filesOf(gitDir: string, revision: string): Promise<CommitFiles> {
  const commit = await gitText(gitDir, ["rev-parse", revision]);
  const paths = (await gitText(gitDir, ["ls-tree", "-r", "-z", "--name-only", commit])).split("\0");
  return { gitDir, commit, paths: new Set(paths) };
}

async function textAt({ gitDir, commit, paths }: CommitFiles, path: string): Promise<string | null> {
  if (!paths.has(path)) return null;
  return (await readFileAt(gitDir, commit, path))?.toString("utf8") ?? null;
}

const imported = /(?:from|import|require\()\s*\(?\s*["'](\.[^"']+)["']/g;

/** The test's text and all that it imports by relative paths; null where the test is not there. */
async function closureOf(files: CommitFiles, test: string): Promise<Map<string, string> | null> {
  const found = new Map<string, string>();
  const due = [test];
  for (let path = due.pop(); path !== undefined; path = due.pop()) {
    if (found.has(path)) continue;
    const text = await textAt(files, path);
    if (text === null) return null;
    found.set(path, text);
    for (const [, specifier = ""] of text.matchAll(imported)) {
      const base = normalize(`${path}/../${specifier}`);
      const ends = ["", ".ts", ".js", "/index.ts", "/index.js"].map((end) => `${base}${end}`);
      const forms = [...ends, base.replace(/\.js$/, ".ts")];
      const form = forms.find((one) => /\.(?:[cm]?[jt]sx?|json)$/.test(one) && files.paths.has(one));
      if (form !== undefined) due.push(form);
    }
  }
  return found;
}
