import type { GenerateRequest } from "../model/model.ts";

/**
 * A request that may be made several times. Each `attempt` gives the request for the next one: pieces that an earlier attempt
 * wrote are declared void first, and what an earlier one still says is not passed on.
 */
export function restartable<T>(request: GenerateRequest<T>): { attempt: () => GenerateRequest<T> } {
  const { onText } = request;
  if (onText === undefined) return { attempt: () => request };
  let current = 0;
  let written = false;

  function restart(): void {
    if (written) request.onRestart?.();
    written = false;
  }

  return {
    attempt() {
      const own = ++current;
      restart();
      return {
        ...request,
        onText(piece) {
          if (own !== current) return;
          written = true;
          onText(piece);
        },
        onRestart() {
          if (own === current) restart();
        },
      };
    },
  };
}
