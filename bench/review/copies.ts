import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { git, gitText } from "../../src/shared/git.ts";

/** Two bare copies that borrow their objects: one for a GitHub server, and one that is reviewed in, which sees the other's too. */
export interface Copies {
  /** Has the default branch alone; what the bench commits and pushes goes here. */
  served: string;
  /** With the heads of past pull requests. Nothing is written here but what the product writes. */
  reviewed: string;
}

export async function makeCopies(gitDir: string, tip: string, directory: string): Promise<Copies> {
  const served = join(directory, "served.git");
  const reviewed = join(directory, "reviewed.git");
  const objects = await gitText(gitDir, ["rev-parse", "--git-path", "objects"]);
  const source = objects.startsWith("/") ? objects : join(gitDir, objects);
  const heads = await gitText(gitDir, ["for-each-ref", "--format=%(objectname) %(refname)", "refs/pull/*/head"]);
  const main = `${tip} refs/heads/main`;
  await makeCopy(served, [source], main);
  await makeCopy(reviewed, [join(served, "objects"), source], heads === "" ? main : `${main}\n${heads}`);
  return { served, reviewed };
}

async function makeCopy(copy: string, objects: string[], refs: string): Promise<void> {
  mkdirSync(copy, { recursive: true });
  await git(copy, ["init", "--quiet", "--bare", "--initial-branch=main", "."]);
  appendFileSync(join(copy, "objects", "info", "alternates"), `${objects.join("\n")}\n`);
  const sorted = refs.split("\n").sort((a, b) => (a.slice(41) < b.slice(41) ? -1 : 1));
  writeFileSync(join(copy, "packed-refs"), `# pack-refs with: sorted \n${sorted.join("\n")}\n`);
}
