import { expect, it } from "vitest";
import { runLoad } from "../../bench/service/service-load.ts";

it("loses nothing and writes nothing twice under kill -9, duplicates, disorder and a GitHub that errs", async () => {
  const figures = await runLoad({
    queue: "sqlite",
    events: 6,
    installations: 2,
    rate: 4,
    killMs: 500,
    cutMs: 0,
    errors: 0.1,
    seed: 3,
    settleMs: 100_000,
  });
  expect(figures).toMatchObject({ events: 6, lost: 0, doubled: 0 });
  expect(figures.kills).toBeGreaterThan(0);
});
