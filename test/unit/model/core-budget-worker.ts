/** Worker of `core-budget.test.ts`: its seats take and give cores in turns and note how many are in use at most. */
import { setTimeout as sleep } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import { openSeats, type SeatRange } from "../../../src/model/core-budget.ts";

const { range, inUse, rounds } = workerData as { range: SeatRange; inUse: Int32Array; rounds: number };
const never = new AbortController().signal;
// What waits in shared memory does not keep a thread alive; in a real worker its message port does.
const alive = setInterval(() => {}, 60_000);

await Promise.all(
  openSeats(range).map(async (seat, index) => {
    for (let round = 0; round < rounds; round++) {
      seat.begin("background");
      const cores = await seat.acquire(1, 1 + ((round + index) % 3), never);
      const now = Atomics.add(inUse, 0, cores) + cores;
      for (let most = Atomics.load(inUse, 1); now > most; most = Atomics.load(inUse, 1)) {
        if (Atomics.compareExchange(inUse, 1, most, now) === most) break;
      }
      if (round % 50 === 0) await sleep(1);
      else await Promise.resolve();
      Atomics.sub(inUse, 0, cores);
      seat.end();
    }
  }),
);
clearInterval(alive);
