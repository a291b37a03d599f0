import { afterEach, expect, it } from "vitest";
import { findCodeOwners, parseCodeOwners, ruleFor } from "../../../src/tasks/review/code-owners.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

const repositories: TestRepository[] = [];
afterEach(() => {
  for (const one of repositories.splice(0)) one.dispose();
});

/** GitHub's own examples, with other names. */
const text = `# Who looks after what
*       @ada @acme/core
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
/build/logs/ @doctocat
docs/*  docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @logger
/apps/ @octocat
/apps/github
with\\ space/ @spacer
!never @nobody
[a-z].md @nobody
*.py not-an-owner
`;

it.each([
  ["README.md", "ada,acme/core"],
  ["src/deep/a.js", "js-owner"],
  ["a.go", "docs@example.com"],
  ["build/logs/today.txt", "logger"],
  ["src/build/logs.txt", "ada,acme/core"],
  ["docs/guide.md", "doctocat"],
  ["lib/apps/x.ts", "octocat"],
  ["apps/one.ts", "octocat"],
  ["apps/github/x.ts", ""],
  ["scripts/.hidden/run", "doctocat,octocat"],
  ["deep/logs/x", "logger"],
  ["with space/x", "spacer"],
  ["never", "ada,acme/core"],
  ["b.md", "ada,acme/core"],
  ["x.py", "ada,acme/core"],
])("finds the rule for %s", (path, owners) => {
  expect(ruleFor(parseCodeOwners(text), path)?.owners.join(",")).toBe(owners);
});

it("lets the last rule speak, and docs/* for no folder below it", () => {
  const rules = parseCodeOwners("docs/* @near\n");
  expect(ruleFor(rules, "docs/a.md")?.owners).toEqual(["near"]);
  expect(ruleFor(rules, "docs/deep/a.md")).toBeUndefined();
  expect(ruleFor(rules, "other/docs/a.md")).toBeUndefined();
  expect(ruleFor(parseCodeOwners("a.md @one\na.md @two\n"), "a.md")?.owners).toEqual(["two"]);
});

it("names in one line whom the file of the base names for most, without calling them", async () => {
  const made = createRepository();
  repositories.push(made);
  made.write("CODEOWNERS", "* @not-read\n");
  made.write(".github/CODEOWNERS", "# Owners\n/src/ @ada @acme/core\n/docs/ @writer\n/free/\n");
  const base = made.commit("Owners");
  const files = ["src/a.ts", "src/b.ts", "docs/x.md", "free/y", "z"].map((path) => ({ path }));
  const [found, ...others] = await findCodeOwners(`${made.dir}/.git`, { base, files } as never);
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    kind: "owner",
    citation: { kind: "code", path: ".github/CODEOWNERS", startLine: 2, endLine: 2, commit: base },
    why: "CODEOWNERS names ada, acme/core, writer for 3 of 5 changed files",
    text: "/src/ @ada @acme/core",
  });
  expect(await findCodeOwners(`${made.dir}/.git`, { base, files: [{ path: "free/y" }] } as never)).toEqual([]);
});
