import { git, gitText } from "../../../../src/shared/git.ts";
import { pushBranch } from "../changes/pulls.ts";
import { commitCount, readCommit, resolveCommit, writeCommit } from "../commits.ts";
import { HttpError, notFound } from "../errors.ts";
import { presentGitCommit } from "../present/commits.ts";
import { repositoryUrl } from "../present/repositories.ts";
import { type Answer, json, paged, repositoryRoute, type RepositoryRequest, type Route } from "../router.ts";
import { isoSeconds, nodeId } from "../state.ts";
import { originOf } from "./origin.ts";

const read = ["contents:read"];
const write = ["contents:write"];

/** Git's own objects over HTTP: what a client needs to put a commit on a branch without a clone. */
export const gitDataRoutes: Route[] = [
  repositoryRoute("POST /git/blobs", write, createBlob),
  repositoryRoute("POST /git/trees", write, createTree),
  repositoryRoute("POST /git/commits", write, createCommit),
  repositoryRoute("GET /git/commits/{commit_sha}", read, getCommit),
  repositoryRoute("GET /git/ref/{ref}", read, getRef),
  repositoryRoute("GET /git/matching-refs/{ref}", read, matchingRefs),
  repositoryRoute("POST /git/refs", write, createRef),
  repositoryRoute("PATCH /git/refs/{ref}", write, updateRef),
];

async function createBlob({ state, repository, body }: RepositoryRequest): Promise<Answer> {
  const content = Buffer.from(String(body["content"]), body["encoding"] === "base64" ? "base64" : "utf8");
  const sha = await writeObject(repository.gitDir, ["hash-object", "-w", "--stdin"], content);
  return json({ sha, url: `${repositoryUrl(state, repository)}/git/blobs/${sha}` }, 201);
}

interface TreeEntry {
  path?: string;
  mode?: string;
  sha?: string | null;
  content?: string;
}

async function createTree({ state, repository, body }: RepositoryRequest): Promise<Answer> {
  const { gitDir } = repository;
  const { base_tree: base, tree: entries } = body as { base_tree?: string; tree: TreeEntry[] };
  const listed = new Map(base === undefined ? [] : await listTree(gitDir, base));
  for (const { path = "", mode = "100644", sha, content } of entries) {
    if (path === "" || path.split("/").some((part) => ["", ".", "..", ".git"].includes(part))) {
      throw new HttpError(422, "tree.path contains a malformed path component");
    }
    if (sha === null) {
      if (!listed.delete(path)) throw new HttpError(422, "GitRPC::BadObjectState");
      continue;
    }
    const blob =
      sha ?? (await writeObject(gitDir, ["hash-object", "-w", "--stdin"], Buffer.from(content ?? "", "utf8")));
    if ((await objectType(gitDir, blob)) !== "blob") throw new HttpError(422, `tree.sha ${blob} is not a valid blob`);
    // A file in the place of a folder takes it away, and the other way round.
    for (const other of listed.keys()) {
      if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) listed.delete(other);
    }
    listed.set(path, { mode, sha: blob });
  }
  const sha = await writeTree(gitDir, [...listed]);
  const url = `${repositoryUrl(state, repository)}/git/trees/${sha}`;
  const tree = (await gitText(gitDir, ["ls-tree", "-z", sha])).split("\0").filter(Boolean).map(presentEntry);
  return json({ sha, url, tree, truncated: false }, 201);
}

type Listed = [path: string, entry: { mode: string; sha: string }];

async function listTree(gitDir: string, tree: string): Promise<Listed[]> {
  if (!["tree", "commit"].includes(await objectType(gitDir, tree))) {
    throw new HttpError(422, "base_tree is not a valid tree oid");
  }
  const output = await gitText(gitDir, ["ls-tree", "-rz", tree]);
  return output.split("\0").filter(Boolean).map(parseEntry);
}

function parseEntry(record: string): Listed {
  const tab = record.indexOf("\t");
  const [mode = "", , sha = ""] = record.slice(0, tab).split(" ");
  return [record.slice(tab + 1), { mode, sha }];
}

function presentEntry(record: string) {
  const [path, { mode, sha }] = parseEntry(record);
  return { path, mode, type: mode === "040000" ? "tree" : mode === "160000" ? "commit" : "blob", sha };
}

/** Folder by folder: no index, so that requests at the same time do not meet. */
async function writeTree(gitDir: string, entries: Listed[]): Promise<string> {
  const lines: string[] = [];
  const folders = new Map<string, Listed[]>();
  for (const [path, entry] of entries) {
    const slash = path.indexOf("/");
    if (slash < 0) {
      lines.push(`${entry.mode} ${entry.mode === "160000" ? "commit" : "blob"} ${entry.sha}\t${path}`);
      continue;
    }
    const folder = path.slice(0, slash);
    folders.set(folder, [...(folders.get(folder) ?? []), [path.slice(slash + 1), entry]]);
  }
  for (const [folder, inside] of folders) lines.push(`040000 tree ${await writeTree(gitDir, inside)}\t${folder}`);
  return writeObject(gitDir, ["mktree", "-z"], Buffer.from(lines.map((line) => `${line}\0`).join("")));
}

async function createCommit(request: RepositoryRequest): Promise<Answer> {
  const { state, repository, body, actor } = request;
  const { gitDir } = repository;
  const { message, tree, parents = [] } = body as { message: string; tree: string; parents?: string[] };
  if ((await objectType(gitDir, tree)) !== "tree") throw new HttpError(422, "Tree SHA does not exist");
  for (const parent of parents) {
    if ((await objectType(gitDir, parent)) !== "commit") {
      throw new HttpError(422, "Parent SHA does not exist or is not a commit object");
    }
  }
  const by = { name: actor.login, email: `${actor.id}+${actor.login}@users.noreply.github.com` };
  const sha = await writeCommit(gitDir, { tree, parents, message, by: { ...by, date: isoSeconds(state.now()) } });
  return json(presentGitCommit(state, repository, await readCommit(gitDir, sha)), 201);
}

async function getCommit({ state, repository, params }: RepositoryRequest): Promise<Answer> {
  const sha = params["commit_sha"] ?? "";
  if ((await objectType(repository.gitDir, sha)) !== "commit") throw notFound();
  return json(presentGitCommit(state, repository, await readCommit(repository.gitDir, sha)));
}

async function getRef(request: RepositoryRequest): Promise<Answer> {
  const ref = `refs/${request.params["ref"]}`;
  const sha = await resolveCommit(request.repository.gitDir, ref);
  if (!sha) throw notFound();
  return json(presentRef(request, ref, sha));
}

/** Every ref that begins so, also in the middle of a name. */
async function matchingRefs(request: RepositoryRequest): Promise<Answer> {
  const prefix = `refs/${request.params["ref"]}`;
  const output = await gitText(request.repository.gitDir, ["for-each-ref", "--format=%(objectname) %(refname)"]);
  const refs = output
    .split("\n")
    .map((line) => ({ sha: line.slice(0, line.indexOf(" ")), ref: line.slice(line.indexOf(" ") + 1) }))
    .filter(({ ref }) => ref.startsWith(prefix));
  return paged(request, refs, ({ ref, sha }) => presentRef(request, ref, sha));
}

async function createRef(request: RepositoryRequest): Promise<Answer> {
  const { gitDir } = request.repository;
  const { ref, sha } = request.body as { ref: string; sha: string };
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  if (branch === undefined) throw new HttpError(422, "Reference name must start with 'refs/heads/' on this server");
  const formed = await git(gitDir, ["check-ref-format", ref], { okCodes: [0, 1] }).then(() =>
    resolveCommit(gitDir, ref),
  );
  if (formed !== null) throw new HttpError(422, "Reference already exists");
  if ((await objectType(gitDir, sha)) !== "commit") throw new HttpError(422, "Object does not exist");
  await pushBranch(originOf(request), branch, sha);
  return json(presentRef(request, ref, sha), 201);
}

async function updateRef(request: RepositoryRequest): Promise<Answer> {
  const { repository, params, body } = request;
  const ref = `refs/${params["ref"]}`;
  const { sha, force = false } = body as { sha: string; force?: boolean };
  const before = await resolveCommit(repository.gitDir, ref);
  if (before === null) throw new HttpError(422, "Reference does not exist");
  if ((await objectType(repository.gitDir, sha)) !== "commit") throw new HttpError(422, "Object does not exist");
  if (!force && (await commitCount(repository, sha, before)) > 0) {
    throw new HttpError(422, "Update is not a fast forward");
  }
  await pushBranch(originOf(request), ref.replace(/^refs\/heads\//, ""), sha);
  return json(presentRef(request, ref, sha));
}

function presentRef({ state, repository }: RepositoryRequest, ref: string, sha: string) {
  const url = `${repositoryUrl(state, repository)}/git`;
  const id = nodeId("REF", parseInt(sha.slice(0, 12), 16));
  return { ref, node_id: id, url: `${url}/${ref}`, object: { type: "commit", sha, url: `${url}/commits/${sha}` } };
}

async function objectType(gitDir: string, sha: string): Promise<string> {
  if (!/^[0-9a-f]{40}$/.test(sha)) return "none";
  return (await git(gitDir, ["cat-file", "-t", sha], { okCodes: [0, 128] })).toString("utf8").trim();
}

async function writeObject(gitDir: string, args: string[], input: Buffer): Promise<string> {
  return gitText(gitDir, args, { input });
}
