import type { IncomingMessage } from "node:http";
import { isLoopback } from "./loopback.ts";

/**
 * Whether a request came from this machine, by a name that only this machine has (a page elsewhere may let its own name mean
 * it), and no other server passed it on.
 */
export function isFromHere({ socket, headers }: IncomingMessage): boolean {
  const host = (headers.host ?? "").replace(/:\d+$/, "");
  const passedOn = ["forwarded", "via", "x-forwarded-for", "x-real-ip"].some((name) => headers[name] !== undefined);
  const address = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  return isLoopback(address) && isLoopback(host) && !passedOn;
}
