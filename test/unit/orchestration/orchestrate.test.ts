import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Model, ModelGroup, ModelRole, ModelSource } from "../../../src/model/model.ts";
import { orchestrate } from "../../../src/orchestration/orchestrate.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { limits } from "../../../src/shared/limits.ts";
import { fakeModel, promptText } from "../../helpers/fake-model.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const qualified = () => ({ allowed: false, reason: "it has not been measured" });
const request = { messages: "x", maxTokens: 1 };

interface TestGroup extends ModelGroup {
  /** How often it was asked to open. */
  opened: number;
  /** Thrown by `open` while it is set. */
  refuses: Error | null;
  members: Model[];
}

function group(name: string, ...members: Model[]): TestGroup {
  const self: TestGroup = {
    name,
    opened: 0,
    refuses: null,
    members,
    async open() {
      self.opened++;
      if (self.refuses) throw self.refuses;
      return self.members;
    },
  };
  return self;
}

function sourceOf(groups: ModelGroup[] | Record<ModelRole, ModelGroup[]>, missing: string[] = []): ModelSource {
  const candidates = async (role: ModelRole) => ({ groups: Array.isArray(groups) ? groups : groups[role], missing });
  return { candidates, close: async () => {} };
}

function named(name: string, write: () => string | Promise<string> = () => "fine"): Model {
  return fakeModel(write, { identity: { name, sha256: name }, contextTokens: name.length * 1_000 });
}

async function by(model: Model | null): Promise<string | undefined> {
  const answering = model?.generate(request);
  answering?.catch(() => {});
  await vi.runAllTimersAsync();
  return (await answering)?.model.name;
}

const timeout = () => {
  throw new AssistantError("too slow", { code: "model-timeout", remedy: "Wait.", transient: true });
};

it("is who opened first, and opens a fallback only when it is needed", async () => {
  let answers = true;
  const [first, second] = [
    group(
      "one",
      named("one", () => (answers ? "fine" : timeout())),
    ),
    group("second", named("second")),
  ];
  const { model } = await orchestrate(sourceOf([first, second]), { qualified }).modelFor("coding");
  expect(model?.identity.name).toBe("one");
  expect(model?.contextTokens).toBe(3_000);
  expect(await by(model)).toBe("one");
  expect(second.opened).toBe(0);
  answers = false;
  expect(await by(model)).toBe("second");
  expect(first.opened).toBe(1);
});

it("goes on to the next group where the first cannot be opened, and comes back when it can", async () => {
  const first = group("first", named("first"));
  first.refuses = new Error("no memory");
  const provider = orchestrate(sourceOf([first, group("second", named("second"))]), { qualified });
  const { model } = await provider.modelFor("coding");
  expect(model?.identity.name).toBe("second");
  expect(await by(model)).toBe("second");
  // Requests do not try again at once: that may read gigabytes each time.
  expect(first.opened).toBe(1);
  first.refuses = null;
  await vi.advanceTimersByTimeAsync(limits.reopenMs);
  expect(await by(model)).toBe("first");
  expect((await provider.modelFor("coding")).model?.identity.name).toBe("first");
});

it("says everything that is missing, and finds what is there the next time", async () => {
  const [a, b] = [group("a"), group("b", named("b"))];
  b.refuses = new Error("the file is damaged");
  const provider = orchestrate(sourceOf([a, b], ["c is not installed"]), { qualified });
  expect(await provider.modelFor("research")).toEqual({
    model: null,
    reason: "c is not installed; a: a has no back end; b: the file is damaged",
  });
  b.refuses = null;
  expect((await provider.modelFor("research")).model?.identity.name).toBe("b");
  const nothing = orchestrate(sourceOf([]), { qualified });
  expect((await nothing.modelFor("coding")).reason).toBe("no model is configured for coding");
});

it("remembers between calls what failed, for all roles that share a back end", async () => {
  const dead = named("dead", () => {
    throw new Error("crashed");
  });
  const groups = { coding: [group("dead", dead)], research: [group("dead", dead), group("alive", named("alive"))] };
  const log = vi.fn<(message: string, details: Record<string, unknown>) => void>();
  const provider = orchestrate(sourceOf(groups), { qualified, log });
  for (let i = 0; i < limits.circuitFailures; i++)
    await expect(by((await provider.modelFor("coding")).model)).rejects.toThrow("crashed");
  expect(log).toHaveBeenCalledWith("a back end's circuit changed", { model: "dead", circuit: "open" });
  await expect(by((await provider.modelFor("coding")).model)).rejects.toMatchObject({ code: "model-unreachable" });
  expect(await by((await provider.modelFor("research")).model)).toBe("alive");
  expect(provider.metrics()).toEqual([
    {
      name: "dead",
      models: [expect.objectContaining({ circuit: "open", failures: limits.circuitFailures, count: 0 })],
    },
    { name: "alive", models: [expect.objectContaining({ circuit: "closed", failures: 0, count: 1 })] },
  ]);
});

it("lets the members of a group work for one line: a person's request takes the next free one", async () => {
  const begun: string[] = [];
  const open: (() => void)[] = [];
  const member = (name: string) => {
    let running = 0;
    return fakeModel(
      async (request) => {
        begun.push(`${name} ${promptText(request)}`);
        running++;
        await new Promise<void>((resolve) => open.push(resolve));
        running--;
        return name;
      },
      { identity: { name }, status: () => ({ slots: 1, running, waiting: 0 }) },
    );
  };
  const provider = orchestrate(sourceOf([group("two", member("a"), member("b"))]), { qualified });
  const { model } = await provider.modelFor("coding");
  if (model === null) throw new Error("both were opened");
  expect(model.status()).toEqual({ slots: 2, running: 0, waiting: 0 });
  const ask = (messages: string, priority: "person" | "background") =>
    model.generate({ messages, maxTokens: 1, priority });
  const answers = [ask("1", "background"), ask("2", "background"), ask("3", "background"), ask("4", "person")];
  for (let i = 0; i < 4; i++) {
    await vi.advanceTimersByTimeAsync(1);
    open.pop()?.();
  }
  await Promise.all(answers);
  expect(begun).toEqual(["a 1", "b 2", "b 4", "b 3"]);
});

it("takes new members in, and gives the records of qualification on", async () => {
  const grown = group("group", named("a"));
  const provider = orchestrate(sourceOf([grown]), {
    qualified: ({ name }, ability) => ({ allowed: name === "a", reason: ability }),
  });
  expect((await provider.modelFor("coding")).model?.status().slots).toBe(1);
  grown.members = [...grown.members, named("b")];
  expect((await provider.modelFor("coding")).model?.status().slots).toBe(2);
  expect(provider.qualified(named("a").identity, "review")).toEqual({ allowed: true, reason: "review" });
});

it("closes the source", async () => {
  let closed = 0;
  await orchestrate({ ...sourceOf([]), close: async () => void closed++ }, { qualified }).close();
  expect(closed).toBe(1);
});

it("opens nobody for what none of a role has qualified for, and one of several peers is enough", async () => {
  const [first, second] = [named("first"), named("second")];
  const peers = group("peers", first, second);
  const source = { ...sourceOf([peers]), identities: async () => [first.identity, second.identity] };
  const may = (name: string, ability: string) => name === "second" && ability === "label";
  const provider = orchestrate(source, {
    qualified: ({ name }, ability) => ({ allowed: may(name, ability), reason: `no ${ability}` }),
  });

  const refused = { model: null, reason: "first is not quoted: no wording" };
  expect(await provider.modelFor("research", ["wording", "edit"])).toEqual(refused);
  expect(peers.opened).toBe(0);
  expect((await provider.modelFor("research", ["wording", "label"])).reason).toBeNull();
  expect((await provider.modelFor("research")).reason).toBeNull();
});
