import { circuitBreaker, CircuitState, ConsecutiveBreaker, CountBreaker, handleWhen, type IBreaker } from "cockatiel";
import type { Model } from "../model/model.ts";
import { type AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { circuitOpen, isBackendsFault, isRequestsFault } from "./errors.ts";
import { meter, type Meter } from "./meter.ts";

export type Circuit = "closed" | "open" | "half-open";

/** One model with its circuit breaker and its metrics. */
export interface Backend {
  readonly model: Model;
  readonly meter: Meter;
  /** Requests that are with it now. */
  inFlight(): number;
  circuit: () => Circuit;
  /** Whether a request may go there now: the circuit is closed, or it is time for one request to try. */
  usable(): boolean;
  /** The error that a request gets while it is not usable. */
  refusal(): AssistantError;
  /** Passes a request on. @param workMs reads from an answer how long the work took */
  call<R>(request: Terms, send: () => Promise<R>, workMs?: (answer: R) => number): Promise<R>;
}

/** What a request says about how long its caller waits. */
export interface Terms {
  signal?: AbortSignal | undefined;
  deadline?: number | undefined;
}

/**
 * A back end that fails several times in a row, or every second time, is left alone; after a while one request tries
 * whether it is back. A request that its caller gave up says nothing about the back end, and as a try it proves nothing.
 */
export function backendOf(model: Model, onCircuit: (circuit: Circuit) => void = () => {}): Backend {
  const counted = meter();
  const policy = circuitBreaker(
    handleWhen((error) => error instanceof Judged && error.counts),
    { halfOpenAfter: limits.circuitOpenMs, breaker: eitherBreaker() },
  );
  let openedAt = 0;
  let lastFailure = "";
  let running = 0;
  policy.onStateChange((state) => {
    if (state === CircuitState.Open) openedAt = Date.now();
    onCircuit(circuitNames[state]);
  });
  const dueMs = () => openedAt + limits.circuitOpenMs - Date.now();
  const usable = () => policy.state === CircuitState.Closed || (policy.state === CircuitState.Open && dueMs() <= 0);
  const refusal = () => circuitOpen(model.identity.name, lastFailure, Math.max(0, dueMs()));

  async function judged<R>(terms: Terms, isTry: boolean, send: () => Promise<R>): Promise<R> {
    try {
      return await send();
    } catch (error) {
      const givenUp = terms.signal?.aborted === true || (terms.deadline !== undefined && Date.now() > terms.deadline);
      const against = !givenUp && isBackendsFault(error);
      if (against) {
        counted.failed();
        lastFailure = messageOf(error);
      }
      // cockatiel closes the circuit after an error that does not count; a try that was given up must not do that.
      throw new Judged(error, against || (givenUp && isTry && !isRequestsFault(error)));
    }
  }

  return {
    model,
    meter: counted,
    inFlight: () => running,
    circuit: () => circuitNames[policy.state],
    usable,
    refusal,
    async call(terms, send, workMs) {
      // cockatiel would let a request wait for the one that tries, deaf to its signal.
      if (!usable()) throw refusal();
      const isTry = policy.state !== CircuitState.Closed;
      const started = Date.now();
      running++;
      try {
        const answer = await policy.execute(() => judged(terms, isTry, send));
        const latencyMs = Date.now() - started;
        counted.answered(latencyMs, workMs?.(answer) ?? latencyMs);
        return answer;
      } catch (error) {
        throw error instanceof Judged ? error.error : error;
      } finally {
        running--;
      }
    },
  };
}

const circuitNames: Record<CircuitState, Circuit> = {
  [CircuitState.Closed]: "closed",
  [CircuitState.Open]: "open",
  [CircuitState.HalfOpen]: "half-open",
  [CircuitState.Isolated]: "open",
};

/** An error with the verdict whether it counts: what cockatiel's filter sees of a request is its error alone. */
class Judged extends Error {
  readonly error: unknown;
  readonly counts: boolean;

  constructor(error: unknown, counts: boolean) {
    super(messageOf(error));
    this.error = error;
    this.counts = counts;
  }
}

/** Opens after failures in a row, or when too large a share of the last requests failed. */
function eitherBreaker(): IBreaker {
  const inRow = new ConsecutiveBreaker(limits.circuitFailures);
  const inShare = new CountBreaker({ threshold: limits.circuitFailureShare, size: limits.circuitSample });
  return {
    get state() {
      return [inRow.state, inShare.state];
    },
    set state(state) {
      [inRow.state, inShare.state] = state as [number, unknown];
    },
    success(state) {
      inRow.success();
      inShare.success(state);
    },
    failure(state) {
      const [row, share] = [inRow.failure(), inShare.failure(state)];
      return row || share;
    },
  };
}
