import { expect, it, onTestFinished } from "vitest";
import { listPullRefs } from "../../../src/history/pull-refs.ts";
import { createRepository } from "../../helpers/git-repository.ts";

it("lists heads by number, by GitHub's name or a clone's, and not that of number 0, which GitHub keeps here and there", async () => {
  const repository = createRepository();
  onTestFinished(() => repository.dispose());
  repository.write("a.txt", "a\n");
  const head = repository.commit("First");
  for (const ref of ["pull/0/head", "pull/7/head", "remotes/origin/pr/8", "pull/9/merge"]) {
    repository.git("update-ref", `refs/${ref}`, head);
  }
  expect(await listPullRefs(repository.dir)).toEqual(
    new Map([
      [7, head],
      [8, head],
    ]),
  );
});
