import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CatalogueEntry } from "../../../src/model/catalogue.ts";
import { installModel, type InstallOptions } from "../../../src/model/install.ts";
import { licences } from "../../../src/model/licences.ts";
import { sha256Of } from "../../../src/model/weights.ts";
import { tinyModel } from "../../helpers/tiny-model/tiny-model.ts";
import { type Behaviour, type HubServer, openHub, openProxy } from "../../helpers/hub-server.ts";

describe("a download", () => {
  let modelsDir: string;
  let content: Buffer;
  let sha256: string;
  let closing: { close(): Promise<void> }[];

  beforeEach(async () => {
    modelsDir = join(mkdtempSync(join(tmpdir(), "download-")), "models");
    const tiny = await tinyModel();
    content = readFileSync(tiny);
    sha256 = await sha256Of(tiny);
    closing = [];
    for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"]) {
      vi.stubEnv(name, undefined);
      vi.stubEnv(name.toLowerCase(), undefined);
    }
    for (const name of ["ASSISTANT_MODEL_FILE", "MODEL_ENDPOINT", "HF_TOKEN"]) vi.stubEnv(name, "");
  });
  afterEach(async () => {
    await Promise.all(closing.map((server) => server.close()));
    rmSync(join(modelsDir, ".."), { recursive: true });
  });

  async function hub(...behaviours: Behaviour[]): Promise<HubServer> {
    const server = await openHub(content, behaviours);
    closing.push(server);
    vi.stubEnv("HF_ENDPOINT", server.url);
    return server;
  }

  function entry(known: Partial<CatalogueEntry> = {}): CatalogueEntry {
    return {
      name: "tiny",
      title: "Tiny",
      roles: ["coding"],
      kind: "instruct",
      fillsGaps: false,
      quantisation: "f16",
      parameters: 1,
      activeParameters: 1,
      bytes: content.length,
      sha256,
      contextTokens: 4_096,
      kvBytesPerToken: 128,
      licence: licences.mit,
      sources: [{ kind: "hub", path: "someone/tiny-GGUF/tiny.gguf", checked: false }],
      ...known,
    };
  }

  function pull(known?: Partial<CatalogueEntry>, options: Partial<InstallOptions> = {}): Promise<string> {
    return installModel(entry(known), { modelsDir, waits: { stallMs: 500, retryMs: 1 }, ...options });
  }

  it("asks for the rest after the line broke, and only for that", async () => {
    const { requests } = await hub("cut", "cut");
    expect(readFileSync(await pull()).equals(content)).toBe(true);
    const [first, second, third] = requests.map(({ headers }) => headers);
    expect(first?.range).toBeUndefined();
    expect(second?.range).toBe(`bytes=${Math.floor(content.length / 2)}-`);
    expect(second?.["if-range"]).toMatch(/^"[0-9a-f]{32}"$/);
    expect(Number(third?.range?.slice(6, -1))).toBeGreaterThan(content.length / 2);
    expect(requests).toHaveLength(3);
    expect(readdirSync(modelsDir).sort()).toEqual(["tiny.gguf", "tiny.gguf.json"]);
  });

  it("goes on with what an earlier, cancelled call has left", async () => {
    const server = await hub("stall");
    const control = new AbortController();
    const reason = new Error("enough");
    const cancelled = pull(undefined, {
      signal: control.signal,
      waits: { stallMs: 60_000 },
      onProgress: () => control.abort(reason),
    });
    await expect(cancelled).rejects.toBe(reason);
    const begun = statSync(join(modelsDir, ".partial-tiny", "hub.gguf")).size;
    expect(begun).toBeGreaterThan(0);
    expect(readFileSync(await pull()).equals(content)).toBe(true);
    expect(server.requests[1]?.headers.range).toBe(`bytes=${begun}-`);
    expect(existsSync(join(modelsDir, ".partial-tiny"))).toBe(false);
  });

  it("does not wait for a server that falls silent", async () => {
    const { requests } = await hub("stall", "stall");
    expect(readFileSync(await pull()).equals(content)).toBe(true);
    expect(requests).toHaveLength(3);
  });

  it.each<[string, Behaviour]>([
    ["sends the whole file whatever was asked", "no-ranges"],
    ["has another version now and sends that", "well"],
    ["sends a part of another version", "no-if-range"],
  ])("takes the whole file where the server %s", async (_name, behaviour) => {
    const server = await hub("cut", behaviour);
    const other = Buffer.from(content);
    other.writeUInt8(7, 30);
    server.content = other;
    const rest = pull();
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(0));
    server.content = content;
    expect(readFileSync(await rest).equals(content)).toBe(true);
  });

  it("does not go on with a file whose version it cannot tell", async () => {
    const { requests } = await hub("weak-etag");
    const control = new AbortController();
    const onProgress = () => control.abort(new Error("enough"));
    await expect(pull(undefined, { signal: control.signal, onProgress })).rejects.toThrow("enough");
    await pull();
    expect(requests[1]?.headers.range).toBeUndefined();
  });

  it("waits for a busy server", async () => {
    const { requests } = await hub(503, 429, 500, 408);
    expect(readFileSync(await pull()).equals(content)).toBe(true);
    expect(requests).toHaveLength(5);
  });

  it.each<[string, Behaviour[], RegExp, number]>([
    ["busy for long", [503, 503, 503, 503, 503, 503], /the model hub: 127\.0\.0\.1:\d+ answers 503, 5 times/, 5],
    ["without the file", [404], /answers 404: there is no such file/, 1],
    ["that wants to know who asks", [401], /answers 401: it asks for a token \(HF_TOKEN\)/, 1],
    ["behind a page to log in", ["html"], /answers with a web page instead of the file/, 1],
    ["with a shorter file", ["short"], /the file there has \d+ bytes instead of \d+/, 1],
    ["with a file that no disk holds", ["huge"], /the file there has 1000000000000000 bytes instead of/, 1],
  ])("names what is wrong with a hub %s", async (_name, behaviours, message, asked) => {
    const { requests } = await hub(...behaviours);
    await expect(pull()).rejects.toThrow(message);
    expect(requests).toHaveLength(asked);
    expect(existsSync(join(modelsDir, "tiny.gguf"))).toBe(false);
  });

  it("looks at the disk before it writes", async () => {
    await hub("huge");
    await expect(pull({ sha256: null })).rejects.toThrow(/1000000000 MB are to come, and the disk has \d+ MB free/);
    expect(readdirSync(modelsDir)).toEqual([]);
  });

  it("sees at the first bytes that it is no model", async () => {
    content = Buffer.from("version https://git-lfs.github.com/spec/v1\n".repeat(50_000));
    await hub("stall");
    await expect(pull({ sha256: null })).rejects.toThrow("what came is not a GGUF file");
    await expect(pull({ sha256: null })).rejects.toThrow("what came is not a GGUF file");
  });

  it("forgets a file whose digest is wrong, so that the next call begins anew", async () => {
    const server = await hub();
    server.content = Buffer.from(content);
    server.content.writeUInt8(255, content.length - 100);
    await expect(pull()).rejects.toThrow("its SHA-256 is");
    expect(readdirSync(modelsDir)).toEqual([]);
    server.content = content;
    await pull();
    expect(server.requests[1]?.headers.range).toBeUndefined();
  });

  it("follows the hub to the host that keeps the file, and leaves the token behind", async () => {
    const store = await openHub(content);
    closing.push(store);
    const first = await hub({ redirect: "/elsewhere" }, { redirect: `${store.url}/blob`, sha256 });
    vi.stubEnv("HF_TOKEN", "hf_secret");
    expect(readFileSync(await pull({ sha256: null })).equals(content)).toBe(true);
    expect(first.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer hf_secret",
      "Bearer hf_secret",
    ]);
    expect(store.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([["/blob", undefined]]);
  });

  it("believes the digest that the hub announces, where the catalogue has none", async () => {
    const { url } = await hub({ redirect: "/blob", sha256: "0".repeat(64) });
    expect(url).toContain("127.0.0.1");
    await expect(pull({ sha256: null })).rejects.toThrow(`its SHA-256 is ${sha256}`);
  });

  it("gives up where the hub passes on in a circle", async () => {
    await hub(...Array.from({ length: 10 }, () => ({ redirect: "/again" })));
    await expect(pull()).rejects.toThrow("passes on in a circle");
  });

  it("asks a mirror below its path", async () => {
    const server = await hub();
    vi.stubEnv("MODEL_ENDPOINT", `${server.url}/artifacts/hub/`);
    await pull();
    expect(server.requests[0]?.path).toBe("/artifacts/hub/someone/tiny-GGUF/resolve/main/tiny.gguf");
  });

  it("goes through a proxy, with a tunnel where the hub speaks TLS, and past it where NO_PROXY says so", async () => {
    const secure = await openHub(content, [], true);
    const plain = await openHub(content);
    const tunnel = await openProxy(Number(new URL(secure.url).port));
    const proxy = await openProxy(Number(new URL(plain.url).port));
    closing.push(secure, plain, tunnel, proxy);
    // The certificate of the test is nobody's.
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    vi.stubEnv("HF_ENDPOINT", "https://hub.test");
    vi.stubEnv("HTTPS_PROXY", tunnel.url);
    await pull();
    expect(tunnel.passed).toEqual(["CONNECT hub.test:443"]);
    vi.stubEnv("HF_ENDPOINT", "http://mirror.test/hub");
    vi.stubEnv("HTTP_PROXY", proxy.url);
    await pull({ name: "other" });
    expect(proxy.passed).toEqual(["GET http://mirror.test/hub/someone/tiny-GGUF/resolve/main/tiny.gguf"]);
    vi.stubEnv("HF_ENDPOINT", plain.url);
    vi.stubEnv("NO_PROXY", "127.0.0.1");
    await pull({ name: "third" });
    expect(proxy.passed).toHaveLength(1);
  });

  it("says at once that the hub cannot be reached", async () => {
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:9");
    await expect(pull()).rejects.toThrow(/the model hub: http:\/\/127\.0\.0\.1:9 cannot be reached \(.+\)/);
  });

  it("says so, too, of a hub that takes the call and stays silent, and of one that is gone since", async () => {
    const server = await hub("mute", "stall");
    await expect(pull()).rejects.toThrow(/cannot be reached \(no answer for 0\.5 s\)/);
    const control = new AbortController();
    const onProgress = () => control.abort(new Error("enough"));
    await expect(pull(undefined, { signal: control.signal, onProgress })).rejects.toThrow("enough");
    expect(server.requests).toHaveLength(2);
    await server.close();
    await expect(pull(undefined, { waits: { retryMs: 1e9 } })).rejects.toThrow(/cannot be reached/);
    // What had come is still there.
    expect(statSync(join(modelsDir, ".partial-tiny", "hub.gguf")).size).toBeGreaterThan(0);
  });

  it("is not begun twice at once; a lock of a dead process counts nothing", async () => {
    await hub("stall");
    const control = new AbortController();
    const options = { signal: control.signal, waits: { stallMs: 60_000 } };
    let begun: () => void = () => {};
    const beginning = new Promise<void>((resolve) => (begun = resolve));
    const first = pull(undefined, { ...options, onProgress: () => begun() });
    await beginning;
    await expect(pull()).rejects.toMatchObject({ code: "model-being-installed" });
    control.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    mkdirSync(modelsDir, { recursive: true });
    // No system counts its processes so far.
    writeFileSync(join(modelsDir, ".partial-tiny.lock"), "4194999999");
    await pull();
    expect(readdirSync(modelsDir).sort()).toEqual(["tiny.gguf", "tiny.gguf.json"]);
  });
});
