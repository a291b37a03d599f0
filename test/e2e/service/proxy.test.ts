import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { startAssistant } from "../../helpers/assistant-process.ts";
import { startConnectProxy } from "../../helpers/connect-proxy.ts";
import { hasOpenssl, makePrivateTls, type PrivateTls, startTlsFront } from "../../helpers/private-tls.ts";
import { it, type Service } from "../../helpers/service.ts";

const host = "github.corp.example";
const folder = mkdtempSync(join(tmpdir(), "private-tls-"));
let tls: PrivateTls;

beforeAll(() => {
  if (hasOpenssl) tls = makePrivateTls(folder, host);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const needsOpenssl = hasOpenssl ? it : it.skip;
const why = hasOpenssl ? "" : " (skipped: openssl is not installed)";

needsOpenssl(
  `reviews through a proxy, where GitHub's certificate is by a private authority${why}`,
  async ({ start }) => {
    const { service, proxy, front, env } = await behindProxy(start);
    service.app = await startAssistant({ home: service.home, github: service.github, env });
    service.github.hooks.setUrl(service.app.webhookUrl);
    await service.openPull();
    expect(await service.idle()).toMatchObject({ failed: 0 });

    expect(service.findings()).toHaveLength(3);
    const fetches = service.github.state.requests.length;
    expect(fetches).toBeGreaterThan(5);
    // API and git: nobody else knows this name.
    expect(new Set(proxy.tunnels)).toEqual(new Set([`${host}:443`]));
    await proxy.stop();
    await front.stop();
  },
);

needsOpenssl(`trusts no private authority that it was not told of${why}`, async ({ start }) => {
  const { service, proxy, front, env } = await behindProxy(start);
  service.app = await startAssistant({
    home: service.home,
    github: service.github,
    env: { ...env, NODE_EXTRA_CA_CERTS: "" },
  });
  service.github.hooks.setUrl(service.app.webhookUrl);
  await service.openPull();
  await expect
    .poll(() => JSON.stringify(service.app.logs), { timeout: 60_000 })
    .toMatch(/unable to verify|self-signed/);
  expect(service.writes()).toEqual([]);
  await service.app.kill();
  await proxy.stop();
  await front.stop();
});

/** The GitHub server behind TLS, reached by a name that the proxy alone knows. */
async function behindProxy(start: () => Promise<Service>) {
  const service = await start();
  await service.app.kill();
  const front = await startTlsFront(tls, service.github.url);
  const proxy = await startConnectProxy({ [`${host}:443`]: front.port });
  service.github.state.urls = { html: `https://${host}`, api: `https://${host}/api/v3` };
  const env = {
    GHE_HOST: host,
    GHE_PROTOCOL: "https",
    HTTPS_PROXY: proxy.url,
    https_proxy: proxy.url,
    NO_PROXY: "127.0.0.1,localhost",
    no_proxy: "127.0.0.1,localhost",
    NODE_EXTRA_CA_CERTS: tls.caFile,
    // What this machine trusts otherwise does not matter.
    GIT_SSL_CAINFO: "",
  };
  return { service, proxy, front, env };
}
