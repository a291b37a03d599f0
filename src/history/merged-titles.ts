import { git } from "../shared/git.ts";

/**
 * Titles of pull requests that came with a merge commit of GitHub's own: it writes them as the first line of the body,
 * under a subject that names the branch alone. By commit; commits of another kind are not in the answer.
 * @param subjects of the commits, by id
 */
export async function readMergedTitles(
  gitDir: string,
  subjects: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const titles = new Map<string, string>();
  const merges = [...subjects].flatMap(([commit, subject]) =>
    /^Merge pull request #\d+ from /.test(subject) ? [commit] : [],
  );
  if (merges.length === 0) return titles;
  const args = ["log", "-z", "--no-show-signature", "--no-walk=unsorted", "--stdin", "--format=%H%x00%b"];
  const output = await git(gitDir, args, { input: merges.join("\n") + "\n", signal });
  const fields = output.toString("utf8").split("\0");
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const title = (fields[at + 1] ?? "").trim().split("\n")[0]?.trim() ?? "";
    if (title !== "") titles.set(fields[at] ?? "", title);
  }
  return titles;
}
