import { describe, expect, it } from "vitest";
import { answerOf } from "../../../src/feedback/answer-of.ts";

const nothing = { votes: [], addressed: false, setAside: false };
const up = (login: string) => ({ login, vote: 1 as const });
const down = (login: string) => ({ login, vote: -1 as const });

describe("what people made of a finding", () => {
  it.each([
    ["nobody said or did anything", nothing, [], null],
    ["thumbs up", { ...nothing, votes: [up("ann")] }, [], "accepted"],
    ["thumbs down", { ...nothing, votes: [down("ann")] }, [], "dismissed"],
    ["more down than up", { ...nothing, votes: [down("ann"), up("bob"), down("cat")] }, [], "dismissed"],
    ["ignored", nothing, ["ann"], "dismissed"],
    ["one person, thumb and command", { ...nothing, votes: [down("Ann"), up("bob")] }, ["ann"], null],
    ["whoever ignores takes a thumb back", { ...nothing, votes: [up("ann")] }, ["ann"], "dismissed"],
    ["changed as it said", { ...nothing, addressed: true }, [], "accepted"],
    ["put away", { ...nothing, setAside: true }, [], "dismissed"],
    ["words before deeds", { votes: [down("ann")], addressed: true, setAside: false }, [], "dismissed"],
    ["thumb up, then put away", { votes: [up("ann")], addressed: false, setAside: true }, [], "accepted"],
    ["a tie is decided by deeds", { votes: [up("ann"), down("bob")], addressed: true, setAside: true }, [], "accepted"],
  ])("%s", (_, seen, ignoredBy, answer) => {
    expect(answerOf(seen, ignoredBy)).toBe(answer);
  });
});
