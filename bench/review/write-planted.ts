import { git } from "../../src/shared/git.ts";
import type { Planted } from "./planted.ts";

const author = "Bench <bench@example.invalid> 1700000000 +0000";

/** Makes a commit of each defective change beside the real one, on the same parent. Gives their ids in the same order. */
export async function writePlanted(gitDir: string, planted: readonly Planted[]): Promise<string[]> {
  if (planted.length === 0) return [];
  const trees = await git(gitDir, ["rev-parse", ...planted.map(({ commit }) => `${commit}^{tree}`)]);
  const treeOf = trees.toString("utf8").trim().split("\n");
  const modes = await Promise.all(planted.map((one) => modesOf(gitDir, one)));
  const stream = planted.map(({ parent, files }, index) =>
    [
      `commit refs/heads/planted-${index}\nmark :${index + 1}\nauthor ${author}\ncommitter ${author}\n`,
      data("Planted"),
      `from ${parent}\nM 040000 ${treeOf[index]} \n`,
      ...[...files].map(([path, text]) =>
        text === null
          ? `D ${quoted(path)}\n`
          : `M ${modes[index]?.get(path) ?? "100644"} inline ${quoted(path)}\n${data(text)}`,
      ),
    ].join(""),
  );
  await git(gitDir, ["fast-import", "--quiet", "--force"], { input: stream.join("") });
  const heads = planted.map((_, index) => `refs/heads/planted-${index}`);
  return (await git(gitDir, ["rev-parse", ...heads])).toString("utf8").trim().split("\n");
}

/** What the real change says of its files: a script stays one. */
async function modesOf(gitDir: string, { commit, files }: Planted): Promise<Map<string, string>> {
  const listed = await git(gitDir, ["ls-tree", "-z", "--full-tree", commit, "--", ...files.keys()]);
  const entries = listed.toString("utf8").split("\0").filter(Boolean);
  return new Map(entries.map((entry) => [entry.slice(entry.indexOf("\t") + 1), entry.slice(0, 6)]));
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

/** As fast-import reads names that are not plain. */
function quoted(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
