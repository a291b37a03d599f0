import type { Octokit } from "@octokit/rest";
import { expect, it } from "vitest";
import { newRedeliveries, redeliverFailed } from "../../../src/intake/redeliver.ts";
import { limits } from "../../../src/shared/limits.ts";

const now = Date.parse("2026-11-23T12:00:00Z");

interface Listed {
  id: number;
  guid: string;
  status_code: number;
  minutesAgo?: number;
}

/** What GitHub lists, newest first, and what it was asked to repeat. */
function github(list: () => Listed[], asked: number[], fails: (id: number) => number | null = () => null): Octokit {
  const data = () =>
    list().map(({ minutesAgo = 1, ...one }) => ({
      ...one,
      status: one.status_code === 200 ? "OK" : "failed to connect to host",
      delivered_at: new Date(now - minutesAgo * 60_000).toISOString(),
    }));
  const redeliverWebhookDelivery = async ({ delivery_id }: { delivery_id: number }) => {
    const status = fails(delivery_id);
    if (status !== null) throw Object.assign(new Error(String(status)), { status });
    asked.push(delivery_id);
  };
  return {
    paginate: {
      async *iterator() {
        yield { data: data() };
      },
    },
    rest: { apps: { listWebhookDeliveries: null, redeliverWebhookDelivery } },
  } as unknown as Octokit;
}

it("asks for what failed, once for each event, and not for what arrived since", async () => {
  const asked: number[] = [];
  const list = [
    { id: 5, guid: "c", status_code: 200 },
    { id: 4, guid: "b", status_code: 502 },
    { id: 3, guid: "b", status_code: 502 },
    { id: 2, guid: "c", status_code: 502 },
    { id: 1, guid: "a", status_code: 200 },
  ];
  const state = newRedeliveries(now);
  expect(
    await redeliverFailed(
      github(() => list, asked),
      state,
    ),
  ).toBe(1);
  expect(asked).toEqual([4]);
  expect(
    await redeliverFailed(
      github(() => list, asked),
      state,
    ),
  ).toBe(0);
});

it("asks ever more rarely for an event that fails again and again, for more than a day, and then gives it up", async () => {
  const asked: number[] = [];
  const list: Listed[] = [{ id: 1, guid: "a", status_code: 500 }];
  const state = newRedeliveries(now);
  const minutes: number[] = [];
  for (let at = now; at < now + 4 * 24 * 60 * 60_000; at += limits.redeliverMs) {
    if (
      (await redeliverFailed(
        github(() => list, asked),
        state,
        at,
      )) === 0
    )
      continue;
    minutes.push((at - now) / 60_000);
    // GitHub has tried, and failed once more.
    list.unshift({ id: list.length + 1, guid: "a", status_code: 500 });
  }
  expect(minutes.slice(0, 5)).toEqual([0, 5, 15, 35, 75]);
  expect(minutes).toHaveLength(limits.redeliveries);
  expect(minutes.at(-1)).toBeGreaterThan(24 * 60);
});

it("asks again at the next look where GitHub did not take the request", async () => {
  const asked: number[] = [];
  const list = [{ id: 1, guid: "a", status_code: 500 }];
  const state = newRedeliveries(now);
  await expect(
    redeliverFailed(
      github(
        () => list,
        asked,
        () => 502,
      ),
      state,
    ),
  ).rejects.toThrow("502");
  expect(
    await redeliverFailed(
      github(() => list, asked),
      state,
    ),
  ).toBe(1);
});

it("leaves alone what is older than GitHub can repeat", async () => {
  const asked: number[] = [];
  const minutesAgo = limits.redeliveryDays * 24 * 60 + 1;
  const list = [{ id: 1, guid: "a", status_code: 500, minutesAgo }];
  expect(
    await redeliverFailed(
      github(() => list, asked),
      newRedeliveries(now),
    ),
  ).toBe(0);
});

it("goes by GitHub's clock, whatever its own says", async () => {
  const asked: number[] = [];
  const list: Listed[] = [{ id: 1, guid: "a", status_code: 200, minutesAgo: 10 }];
  // An hour ahead.
  const state = newRedeliveries(now + 60 * 60_000);
  await redeliverFailed(
    github(() => list, asked),
    state,
  );
  list.unshift({ id: 2, guid: "b", status_code: 500, minutesAgo: 5 });
  expect(
    await redeliverFailed(
      github(() => list, asked),
      state,
    ),
  ).toBe(1);
  expect(asked).toEqual([2]);
});

it.each([404, 502])("holds up no other event for one that GitHub answers with %i to", async (status) => {
  const asked: number[] = [];
  const list = [3, 2, 1].map((id) => ({ id, guid: `event ${id}`, status_code: 500 }));
  const state = newRedeliveries(now);
  const octokit = github(
    () => list,
    asked,
    (id) => (id === 3 ? status : null),
  );
  const look = () => redeliverFailed(octokit, state).catch(() => 0);
  await look();
  await look();
  expect(asked).toEqual([2, 1]);
  expect(state.open.size).toBe(status === 404 ? 0 : 1);
});
