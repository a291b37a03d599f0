import { expect, it } from "vitest";
import { planLabels } from "../../../src/publish/size-label.ts";

const sizes = { "size/S": 0, "size/M": 50, "size/L": 250 };
const inRepository = ["bug", "Size/S", "size/M", "risky"];

function plan(lines: number, onPull: string[], isRisky = false) {
  return planLabels({ sizes, risk: "risky", isRisky }, { lines, onPull, inRepository });
}

it("adds the label that holds, as the repository writes it, and takes off the other sizes alone", () => {
  expect(plan(0, [])).toEqual({ add: ["Size/S"], remove: [] });
  expect(plan(50, ["bug", "size/s"])).toEqual({ add: ["size/M"], remove: ["size/s"] });
  expect(plan(49, ["Size/S"])).toEqual({ add: [], remove: [] });
});

it("makes no label: where the repository lacks one, the next smaller that it has holds", () => {
  expect(plan(1_000, ["size/L"])).toEqual({ add: ["size/M"], remove: ["size/L"] });
  const nowhere = { lines: 9, onPull: ["size/S"], inRepository: [] };
  expect(planLabels({ sizes, risk: "risky", isRisky: true }, nowhere)).toEqual({ add: [], remove: [] });
});

it("adds the label for risk and never takes it off", () => {
  expect(plan(9, ["size/S"], true)).toEqual({ add: ["risky"], remove: [] });
  expect(plan(9, ["size/S", "risky"], false)).toEqual({ add: [], remove: [] });
});
