import { git, GitError } from "../shared/git.ts";

/** How many lines each of these commits took out of a file and put in. Missing where that cannot be read from here. */
export async function countFileLines<Place extends { commit: string; path: string }>(
  gitDir: string,
  places: readonly Place[],
  signal?: AbortSignal,
): Promise<Map<Place, number>> {
  const counts = new Map<Place, number>();
  if (places.length === 0) return counts;
  const lines = await readCounts(gitDir, places, signal);
  for (const place of places) {
    const count = lines.get(`${place.commit}:${place.path}`);
    if (count !== undefined) counts.set(place, count);
  }
  return counts;
}

async function readCounts(
  gitDir: string,
  places: readonly { commit: string; path: string }[],
  signal: AbortSignal | undefined,
): Promise<Map<string, number>> {
  const [commits, paths] = [new Set(places.map(({ commit }) => commit)), new Set(places.map(({ path }) => path))];
  const args = ["log", "--no-walk=unsorted", "--stdin", "--diff-merges=off", "--no-show-signature", "--format=%x01%H"];
  const show = ["--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--", ...paths];
  const options = {
    input: `${[...commits].join("\n")}\n`,
    env: { GIT_LITERAL_PATHSPECS: "1" },
    ...(signal && { signal }),
  };
  const counts = new Map<string, number>();
  try {
    let commit = "";
    for (const field of (await git(gitDir, [...args, ...show], options)).toString("utf8").split("\0")) {
      const text = field.replace(/^\n/, "");
      if (text.startsWith("\x01")) commit = text.slice(1);
      const [, added, removed, path] = /^(\d+)\t(\d+)\t(.*)$/s.exec(text) ?? [];
      if (path !== undefined) counts.set(`${commit}:${path}`, Number(removed) + Number(added));
    }
    return counts;
  } catch (error) {
    if (error instanceof GitError) return counts;
    throw error;
  }
}
