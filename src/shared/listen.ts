import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AssistantError } from "./errors.ts";

/** Starts listening and answers with the port that it got. Errors: AssistantError `port-in-use`, `cannot-listen`. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): AssistantError {
  if (error.code === "EADDRINUSE")
    return new AssistantError(`port ${port} on ${host} is in use`, {
      code: "port-in-use",
      remedy:
        "Stop the program that has it, or name a free one: --port, or PORT (server.port in config.yml) for serve.",
      cause: error,
    });
  return new AssistantError(`cannot listen on ${host}, port ${port}: ${error.message}`, {
    code: "cannot-listen",
    remedy:
      "Name an address of this machine and a port that you may use (above 1023 without privileges): --host and --port, or HOST and PORT for serve.",
    cause: error,
  });
}
