import { expect, it } from "vitest";
import { composeBody } from "../../../src/publish/markdown/body.ts";
import { coverageBlock } from "../../../src/publish/markdown/coverage-block.ts";
import { coverage, noModel, repository } from "./samples.ts";

it("tells what was kept back from what was not done", () => {
  const slow = { about: "12 lines", text: "", reason: "time was short" };
  const said = { about: "a.ts:1", text: "A title", reason: "its severity is low" };
  const body = composeBody([coverageBlock(repository, coverage(), [slow, said, said], noModel)], null);
  expect(body).toContain("- Withheld: 2 (its severity is low ×2)\n- Left out: time was short");
});
