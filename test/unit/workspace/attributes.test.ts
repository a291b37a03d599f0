import { afterEach, describe, expect, it } from "vitest";
import { readAttributes } from "../../../src/workspace/attributes.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

let repository: TestRepository;
afterEach(() => repository.dispose());

const top = [
  "# comment linguist-generated",
  "[attr]made linguist-generated -diff",
  "*.ts linguist-generated",
  "/top.ts -linguist-generated",
  "src/*.js linguist-generated=true",
  "src/**/deep.js linguist-vendored",
  "**/anywhere/** linguist-vendored",
  "folder/ linguist-generated",
  "!negated linguist-generated",
  '"with blank.txt" linguist-generated',
  '"t\\\\ab.txt" linguist-generated',
  "made.c made",
  "unmade.c -made",
  "*.png binary",
  "*.py diff=python",
  "{a,b}.txt linguist-generated",
  "[ab].md linguist-generated",
  "?.rs linguist-generated",
  ".* linguist-vendored",
  "mixed.ts !linguist-generated",
  "no.ts linguist-generated=false",
].join("\n");

const nested = "*.ts -linguist-generated\n/own.js linguist-generated\ndeep/x.js linguist-generated\r\n";

const paths = [
  "a.ts top.ts src/top.ts src/a.js src/b/a.js src/deep.js src/b/c/deep.js x/anywhere/y/z.c folder/a.c !negated negated",
  "made.c x/made.c unmade.c p.png p.py a.txt {a,b}.txt a.md c.md ab.md q.rs qq.rs .hidden x/.hidden mixed.ts no.ts",
  "sub/a.ts sub/own.js sub/x/own.js sub/deep/x.js A.TS src/.hidden/deep.js",
]
  .join(" ")
  .split(" ")
  .concat("with blank.txt", "t\\ab.txt");

describe("readAttributes", () => {
  it("says what git says", async () => {
    repository = createRepository();
    repository.write(".gitattributes", top);
    repository.write("sub/.gitattributes", nested);
    const commit = repository.commit("first");

    const attributesOf = await readAttributes(repository.dir, commit, paths);

    for (const path of paths) {
      const { generated, vendored, diff } = attributesOf(path);
      const own = { "linguist-generated": generated, "linguist-vendored": vendored, diff };
      expect({ path, ...own }).toEqual({ path, ...saidByGit(path) });
    }
  });

  it("reads the commit and not what is checked out, and says nothing where nothing is said", async () => {
    repository = createRepository();
    const before = repository.commit("first");
    repository.write(".gitattributes", "* linguist-generated\n");
    repository.commit("second");
    const attributesOf = await readAttributes(repository.dir, before, ["a.ts"]);
    expect(attributesOf("a.ts")).toEqual({ generated: null, vendored: null, diff: null });
  });
});

function saidByGit(path: string): Record<string, boolean | null> {
  const names = ["linguist-generated", "linguist-vendored", "diff"];
  const fields = repository.git("check-attr", "-z", ...names, "--", path).split("\0");
  return Object.fromEntries(
    names.map((name, index) => {
      const value = fields[index * 3 + 2];
      if (value === "unspecified") return [name, null];
      return [name, value !== "unset" && value !== "false"];
    }),
  );
}
