import { gitText } from "../../src/shared/git.ts";

/** Whether a clone has the heads of past pull requests (`refs/pull/N/head`). */
export async function hasPullHeads(gitDir: string): Promise<boolean> {
  const refs = await gitText(gitDir, ["for-each-ref", "--count=1", "--format=%(refname)", "refs/pull/*/head"]);
  return refs !== "";
}
