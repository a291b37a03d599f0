import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface CutProxy {
  port: number;
  /** From now on nothing comes through, and nobody is told: packets are dropped, connections stay. */
  cut(): void;
  /** What was sent meanwhile arrives late, also over connections that their client gave up. */
  mend(): void;
  stop(): Promise<void>;
}

/** Stands before a server of this machine, as the network to it. */
export async function startCutProxy(to: number): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  const flushes = new Set<() => void>();
  let isCut = false;

  function forward(from: Socket, target: Socket): void {
    const held: Buffer[] = [];
    let ended = false;
    const flush = (): void => {
      if (isCut) return;
      for (const part of held.splice(0)) target.write(part);
      if (ended) {
        target.end();
        flushes.delete(flush);
      }
    };
    flushes.add(flush);
    sockets.add(from);
    from.on("data", (part: Buffer) => {
      held.push(part);
      flush();
    });
    from.on("error", () => {});
    from.on("close", () => {
      ended = true;
      sockets.delete(from);
      flush();
    });
  }

  const server = createServer((client) => {
    const upstream = connect(to, "127.0.0.1");
    forward(client, upstream);
    forward(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => void (isCut = true),
    mend() {
      isCut = false;
      for (const flush of flushes) flush();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
