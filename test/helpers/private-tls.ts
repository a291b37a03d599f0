import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request as ask, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** Whether a certificate authority can be made here. */
export const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

export interface PrivateTls {
  /** Certificate of the authority, as NODE_EXTRA_CA_CERTS wants it: a PEM file. */
  caFile: string;
  key: string;
  cert: string;
}

/** A certificate authority of our own in a folder, and a certificate by it for one host. */
export function makePrivateTls(folder: string, host: string): PrivateTls {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { stdio: "ignore" });
  writeFileSync(at("host.ext"), `subjectAltName=DNS:${host}\n`);
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...curve,
    "-days",
    "2",
    "-subj",
    "/CN=A private authority",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
  );
  openssl("req", ...curve, "-subj", `/CN=${host}`, "-keyout", at("host.key"), "-out", at("host.csr"));
  const signing = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2"];
  openssl("x509", "-req", "-in", at("host.csr"), ...signing, "-extfile", at("host.ext"), "-out", at("host.pem"));
  const text = (name: string): string => readFileSync(at(name), "utf8");
  return { caFile: at("ca.pem"), key: text("host.key"), cert: text("host.pem") };
}

/** Puts TLS before a server that speaks plain HTTP on this machine. */
export async function startTlsFront(
  { key, cert }: PrivateTls,
  upstream: string,
): Promise<{ port: number; stop: () => Promise<void> }> {
  const { hostname, port } = new URL(upstream);
  const server = createServer({ key, cert }, (request: IncomingMessage, response: ServerResponse) => {
    const { method, url: path, headers } = request;
    const passed = ask({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
