import { expect, it } from "vitest";
import { evidenceItem } from "../../../src/publish/markdown/evidence-list.ts";
import { findingTitle } from "../../../src/publish/markdown/finding-comment.ts";
import { codeEvidence, finding, repository } from "./samples.ts";

const commit = "033f25d7bce0".padEnd(40, "1");
const evidence = codeEvidence("src/a.ts", "const one = 1;", "commit", commit);
const whyOf = (why: string): string => evidenceItem(repository, { ...evidence, why }).split("): ")[1] ?? "";
const broken = (id: string): string => id.replace(/.{6}/g, "$&\u200b");

it.each([
  ["that is cited", "6 lines written by 033f25d7bce0"],
  ["that is cited, in few digits", "see 033f25d7"],
  ["that took it back", "its message closes it; taken back by fedcba987654"],
  ["that brought it", "not merged; merged as 0123456789ab"],
])("shows a commit whole %s", (_, why) => {
  expect(whyOf(why)).toBe(why);
});

it.each([
  ["a word of somebody's text", "shared words: deadbeefcafe", "deadbeefcafe"],
  ["more than the finders write", "merged as deadbeefcafe1", "deadbeefcafe1"],
  ["another commit", "see 033f25e7bce0", "033f25e7bce0"],
])("takes apart %s", (_, why, id) => {
  expect(whyOf(why)).toBe(why.replace(id, broken(id)));
});

it("shows in a title the commit that the finding rests on, and no other", () => {
  const title = "Takes back what 033f25d7 did";
  expect(findingTitle(finding("1", "src/a.ts", { title, evidence: [evidence] }))).toBe(`**${title}**`);
  expect(findingTitle(finding("1", "src/a.ts", { title }))).toContain(broken("033f25d7"));
});
