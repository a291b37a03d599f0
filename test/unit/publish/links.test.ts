import { expect, it } from "vitest";
import { citationLink } from "../../../src/publish/markdown/links.ts";
import { repository } from "./samples.ts";

it("says the number of a pull request once", () => {
  const linked = (title: string): string => citationLink(repository, { kind: "pull", number: 5, title });
  expect(linked("Round totals once (#5)")).toBe("[#5](https://github.com/acme/shop/pull/5) Round totals once");
  expect(linked("Round totals (#6)")).toContain("Round totals (#\u200b6)");
});
