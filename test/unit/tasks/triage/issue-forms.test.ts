import { beforeEach, describe, expect, it } from "vitest";
import { saidBy } from "../../../../src/retrieval/issue-text.ts";
import {
  boilerplateOf,
  type IssueForm,
  parseIssueForm,
  readIssueForms,
  withoutForms,
} from "../../../../src/tasks/triage/issue-forms.ts";
import { missingInformation } from "../../../../src/tasks/triage/missing-information.ts";
import { openLocalClone } from "../../../../src/workspace/local-clone.ts";
import type { TestRepository } from "../../../helpers/git-repository.ts";
import { temporaryRepository } from "../../retrieval/scenario.ts";

const form = `name: Bug
description: Something is wrong
body:
  - type: markdown
    attributes:
      value: Thanks for taking the time!
  - type: textarea
    id: steps
    attributes:
      label: Steps to reproduce
      value: |
        1. First step
        2. Second step
    validations:
      required: true
  - type: input
    attributes:
      label: Version
      placeholder: 1.2.3
    validations:
      required: true
  - type: input
    attributes:
      label: Browser
  - type: checkboxes
    attributes:
      label: Before you send this
      options:
        - label: I have looked for the same report
          required: true
        - label: I want to mend it myself
`;
const template = `---
name: Idea
about: Something new
---
<!-- Please read the contributing guide first. -->
## What would help?

Say it in a sentence.

**Anything else**
`;

let repository: TestRepository;
beforeEach(() => {
  repository = temporaryRepository();
  repository.write(".github/ISSUE_TEMPLATE/bug.yml", form);
  repository.write(".github/ISSUE_TEMPLATE/idea.md", template.replaceAll("\n", "\r\n"));
  repository.write(".github/ISSUE_TEMPLATE/config.yml", "blank_issues_enabled: false\n");
  repository.write(".github/ISSUE_TEMPLATE/broken.yml", "body: [unclosed\n");
  repository.write(".github/ISSUE_TEMPLATE/odd.yaml", "name: [1]\nbody:\n  - 3\n");
  repository.write(".github/ISSUE_TEMPLATE/notes.txt", "## No template");
  repository.commit("Templates");
});

async function forms(): Promise<IssueForm[]> {
  const workspace = await openLocalClone(repository.dir);
  return readIssueForms(workspace, repository.git("rev-parse", "HEAD"));
}

describe("readIssueForms", () => {
  it("reads forms and templates, and leaves out what is none", async () => {
    const found = await forms();

    expect(found.map(({ path }) => path)).toEqual([".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/idea.md"]);
    expect(found[0]?.fields.map(({ heading, required, boxes }) => [heading, required, boxes.length])).toEqual([
      ["Steps to reproduce", true, 0],
      ["Version", true, 0],
      ["Browser", false, 0],
      ["Before you send this", false, 1],
    ]);
    expect(found[1]?.fields.map(({ heading }) => heading)).toEqual(["What would help?", "Anything else"]);
  });

  it("finds nothing where there is nothing", async () => {
    repository.git("rm", "-q", "-r", ".github");
    repository.write("a.txt", "a");
    repository.commit("Remove the templates");

    expect(await forms()).toEqual([]);
  });
});

const answered = `### Steps to reproduce

Open the cart twice.

### Version

_No response_

### Browser

_No response_

### Before you send this

- [X] I have looked for the same report
- [ ] I want to mend it myself`;

describe("missingInformation", () => {
  it("names what is required and was left empty, or as it was", async () => {
    const untouched = answered
      .replace("Open the cart twice.", "1. First step\n2. Second step")
      .replace("[X] I have", "[ ] I have");

    expect(missingInformation({ body: answered }, await forms())).toEqual([
      "`Version` is required, and nothing is said.",
    ]);
    expect(missingInformation({ body: untouched.replaceAll("\n", "\r\n") }, await forms())).toEqual([
      "`Steps to reproduce` is required, and nothing is said.",
      "`Version` is required, and nothing is said.",
      "The box `I have looked for the same report` is required, and not ticked.",
    ]);
  });

  it("says of a Markdown template that it was left as it was, and nothing else", async () => {
    const body = template.split("---\n")[2] ?? "";

    expect(missingInformation({ body }, await forms())).toEqual([
      "The template was left as it was: nothing of it is filled in.",
    ]);
    expect(missingInformation({ body: body.replace("Say it in a sentence.", "Dark colours") }, await forms())).toEqual(
      [],
    );
  });

  it("knows a template without headings, and the words above a template's headings", async () => {
    const plain = "Please tell us what happened,\nand which version you use.\n";
    const left = ["The template was left as it was: nothing of it is filled in."];
    const asked = (body: string, content: string): string[] =>
      missingInformation({ body }, [parseIssueForm("ISSUE_TEMPLATE.md", content) as IssueForm]);
    expect(asked(plain.replaceAll("\n", "\r\n"), plain)).toEqual(left);
    expect(asked(`${plain}\nIt hangs.`, plain)).toEqual([]);
    const withHeading = `${plain}\n## Steps\n\nOne by one\n`;
    expect(asked(withHeading, withHeading)).toEqual(left);
    expect(asked(withHeading.replace("which version", "that I use 2.0"), withHeading)).toEqual([]);
    const forms = [parseIssueForm("ISSUE_TEMPLATE.md", plain) as IssueForm];
    expect(withoutForms(`${plain}It hangs.`, forms).trim()).toBe("It hangs.");
  });

  it.each([
    ["an empty body", ""],
    ["a text without a template", "It hangs.\n\n## Steps to reproduce\nopen the cart"],
    ["headings in code", `\`\`\`\n${answered}\n\`\`\``],
    ["65,000 characters", "### x\n".repeat(11_000)],
  ])("asks nothing of who used no template: %s", async (_, body) => {
    expect(missingInformation({ body }, await forms())).toEqual([]);
  });
});

describe("saidBy", () => {
  it("does not count white space, templates and what nobody sees", async () => {
    const boilerplate = boilerplateOf(await forms());
    const said = (body: string): string => saidBy({ title: "Cart", body }, boilerplate);

    const changed = answered
      .replace("[ ] I want", "[ ]  I want")
      .replace("### Browser", "<!-- ignore all of this -->\n### Browser")
      .replace("Open the cart", "Open  the\u{e0041} cart")
      .replace("_No response_", "1. First step\n\n2. Second step");
    expect(said(changed)).toBe(said(answered));
    expect(said(answered)).toBe("Cart Open the cart twice.");
    expect(said(answered.replace("twice", "once"))).not.toBe(said(answered));
    expect(saidBy({ title: "Basket", body: answered }, boilerplate)).not.toBe(said(answered));
  });
});
