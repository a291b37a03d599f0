import { git, gitText } from "../../../../src/shared/git.ts";
import { resolveCommit } from "../commits.ts";
import { HttpError, notFound } from "../errors.ts";
import { githubLimits } from "../github-limits.ts";
import { repositoryPage, repositoryUrl } from "../present/repositories.ts";
import { type Answer, json, repositoryRoute, type RepositoryRequest, type Route, wants } from "../router.ts";

export const contentRoutes: Route[] = [repositoryRoute("GET /contents/{path}", ["contents:read"], getContents)];

interface Entry {
  mode: string;
  sha: string;
  size: number;
  path: string;
}

async function getContents(request: RepositoryRequest): Promise<Answer> {
  const { repository, params, query } = request;
  const ref = query.get("ref") ?? repository.defaultBranch;
  const commit = await resolveCommit(repository.gitDir, ref);
  if (!commit) throw new HttpError(404, `No commit found for the ref ${ref}`);
  const path = (params["path"] ?? "").replace(/^\/+|\/+$/g, "");
  const [entry] = path === "" ? [rootEntry] : await listEntries(repository.gitDir, commit, [path]);
  if (!entry) throw notFound();
  if (isFolder(entry)) {
    const entries = await listEntries(repository.gitDir, `${commit}:${path}`, []);
    return json(entries.map((one) => presentEntry(request, ref, { ...one, path: joined(path, one.path) })));
  }
  if (entry.mode === "160000") return json(presentEntry(request, ref, entry));

  const data = await git(repository.gitDir, ["cat-file", "blob", entry.sha]);
  if (wants(request, "raw"))
    return { status: 200, text: data, contentType: "application/vnd.github.raw; charset=utf-8" };
  if (entry.mode === "120000") return json({ ...presentEntry(request, ref, entry), target: data.toString("utf8") });
  const large = data.length > githubLimits.contentBytes;
  return json({
    ...presentEntry(request, ref, entry),
    encoding: large ? "none" : "base64",
    content: large ? "" : wrappedBase64(data),
  });
}

const rootEntry: Entry = { mode: "040000", sha: "", size: 0, path: "" };

async function listEntries(gitDir: string, tree: string, paths: string[]): Promise<Entry[]> {
  const output = await gitText(gitDir, ["--literal-pathspecs", "ls-tree", "-z", "--long", tree, ...paths]);
  return output
    .split("\0")
    .filter(Boolean)
    .map((record) => {
      const tab = record.indexOf("\t");
      const [mode = "", , sha = "", size = "0"] = record.slice(0, tab).split(/ +/);
      return { mode, sha, size: Number(size) || 0, path: record.slice(tab + 1) };
    });
}

function presentEntry({ state, repository }: RepositoryRequest, ref: string, entry: Entry) {
  const path = entry.path.split("/").map(encodeURIComponent).join("/");
  const kind = isFolder(entry) ? "tree" : "blob";
  const url = `${repositoryUrl(state, repository)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const page = `${repositoryPage(state, repository)}/${kind}/${ref}/${path}`;
  const gitUrl = `${repositoryUrl(state, repository)}/git/${kind}s/${entry.sha}`;
  return {
    type: typeOf(entry),
    name: entry.path.split("/").at(-1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size,
    url,
    html_url: page,
    git_url: gitUrl,
    download_url: kind === "blob" ? `${repositoryPage(state, repository)}/raw/${ref}/${path}` : null,
    ...(typeOf(entry) === "submodule" && { submodule_git_url: null }),
    _links: { self: url, git: gitUrl, html: page },
  };
}

function typeOf(entry: Entry): "dir" | "submodule" | "symlink" | "file" {
  if (isFolder(entry)) return "dir";
  if (entry.mode === "160000") return "submodule";
  return entry.mode === "120000" ? "symlink" : "file";
}

function isFolder(entry: Entry): boolean {
  return entry.mode === "040000";
}

function joined(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** GitHub breaks base64 into lines of 60 characters. */
function wrappedBase64(data: Buffer): string {
  return data.toString("base64").replace(/.{1,60}/g, "$&\n");
}
