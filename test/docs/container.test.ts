import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKeyPairSync } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadServerConfig } from "../../src/config/server-config.ts";
import { environmentKeys } from "../../src/config/server-file.ts";
import { limits } from "../../src/shared/limits.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

interface ComposeService {
  build?: string;
  user?: string;
  init?: boolean;
  hostname?: string;
  command: string | string[];
  environment?: Record<string, string>;
  ports: string[];
  volumes: string[];
  stop_grace_period?: string;
  healthcheck?: unknown;
  profiles?: string[];
}

const { services, volumes } = parse(read("compose.yaml")) as {
  services: { assistant: ComposeService; redis: ComposeService };
  volumes: Record<string, unknown>;
};
const { assistant, redis } = services;
const image = lastStage(read("Dockerfile"));

const home = mkdtempSync(join(tmpdir(), "container-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

// An engine is not needed for any of this; what only one can show: .ci/check-dockerfile.mjs.
describe("compose.yaml and the Dockerfile", () => {
  it("keep what is kept in one folder, which belongs to whoever runs", () => {
    const [, target] = split(assistant.volumes[0]);

    expect(target).toBe(image.env["ASSISTANT_HOME"]);
    expect(image.of("VOLUME")).toEqual([target]);
    expect(image.of("RUN").join("\n")).toMatch(new RegExp(`mkdir -p ${target} && chown (\\w+):\\1 ${target}$`, "m"));
    expect(image.of("USER")).toEqual(["node"]);
    // The user `node` of Node's own images.
    expect(filled(assistant.user)).toBe("1000:1000");
  });

  it("mean the same port, and open it to this machine alone", () => {
    const [address, outside, inside] = split(assistant.ports[0]);

    expect(inside).toBe(image.env["PORT"]);
    expect(outside).toBe(inside);
    expect(address).toBe("127.0.0.1");
    expect(image.of("EXPOSE")).toEqual([inside]);
    // What is published of a container comes in from outside of it.
    expect(image.env["HOST"]).toBe("0.0.0.0");
  });

  it("set variables that the program reads, and no others", () => {
    const known = [...Object.keys(environmentKeys), "ASSISTANT_HOME", "NODE_ENV"];
    const set = [...Object.keys(image.env), ...Object.keys(assistant.environment ?? {})];

    expect(set.filter((name) => !known.includes(name))).toEqual([]);
  });

  it("start the program with what set-up wrote into the folder, and nothing else set", () => {
    const config = loadServerConfig(containerEnv({}), { poll: false });

    expect(config).toMatchObject({ queue: "sqlite", server: { host: "0.0.0.0", port: Number(image.env["PORT"]) } });
    expect(config.server.dashboard_token).toBeUndefined();
    expect(config.app.id).toBe(7);
  });

  it("share the work through the Redis beside it, where its address is given", () => {
    const queue = "redis://:secret@redis:6379";
    const config = loadServerConfig(containerEnv({ QUEUE_URL: queue }), { poll: false });

    expect(config.queue).toBe(queue);
    expect(read("compose.yaml")).toContain("QUEUE_URL=redis://:$REDIS_PASSWORD@redis:6379");
    expect(Object.keys(services)).toContain(new URL(queue).hostname);
    expect(split(redis.ports[0]).at(-1)).toBe(new URL(queue).port);
    expect(redis.profiles).toEqual(["redis"]);
    expect(filled(assistant.hostname, { ASSISTANT_NAME: "first" })).toBe("first");
    expect(Object.keys(volumes)).toEqual([split(redis.volumes[0])[0]]);
  });

  it("run a verb of the program, under one init, and give it time to end its jobs", () => {
    const [init, , node, launcher] = image.json("ENTRYPOINT");
    const command = filled(assistant.command as string);

    expect([command]).toEqual(image.json("CMD"));
    expect(read("src/cli.ts")).toContain(`${command}: async () =>`);
    expect(init).toBe("tini");
    expect(assistant.init).toBe(false);
    expect(image.of("RUN")[0]).toMatch(/\btini\b/);
    expect([node, launcher]).toEqual(["node", `/app/${binOf()}`]);
    expect(Number.parseInt(assistant.stop_grace_period ?? "0", 10) * 1_000).toBeGreaterThan(2 * limits.drainMs);
  });

  it("ask for health where the program answers", () => {
    const [health = ""] = image.of("HEALTHCHECK");

    expect(assistant.healthcheck).toBeUndefined();
    expect(health).toMatch(/http:\/\/127\.0\.0\.1:' \+ process\.env\.PORT \+ '\/healthz'/);
    expect(read("src/server.ts")).toContain('"/healthz": answerHealth');
  });
});

interface Stage {
  env: Record<string, string>;
  /** What stands behind each instruction of a name. */
  of(name: string): string[];
  json(name: string): string[];
}

/** The instructions of the stage that becomes the image. */
function lastStage(text: string): Stage {
  const lines = text
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => /^[A-Z]/.test(line));
  const stage = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));
  const of = (name: string): string[] =>
    stage.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1).trim());
  const pairs = of("ENV").flatMap((rest) => [...rest.matchAll(/(\w+)=(\S+)/g)]);
  return {
    env: Object.fromEntries(pairs.map(([, name = "", value = ""]) => [name, value])),
    of,
    json: (name) => JSON.parse(of(name)[0] ?? "[]") as string[],
  };
}

/** `${NAME:-default}` as compose fills it in. */
function filled(text: string | undefined, given: Record<string, string> = {}): string {
  return (text ?? "").replaceAll(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, other: string) => given[name] || other);
}

/** `a:b:c`, filled in. */
function split(text: string | undefined): string[] {
  return filled(text).split(":");
}

/** The variables in the container, with the folder here in the place of the mounted one. */
function containerEnv(given: Record<string, string>): NodeJS.ProcessEnv {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "app.pem"), pem, { mode: 0o600 });
  writeFileSync(join(home, "app.env"), "APP_ID=7\nPRIVATE_KEY_PATH=app.pem\nWEBHOOK_SECRET=0123456789abcdef0123\n");
  const set = Object.entries(assistant.environment ?? {}).map(([name, value]) => [name, filled(value, given)]);
  return { ...image.env, ...Object.fromEntries(set), ASSISTANT_HOME: home };
}

function binOf(): string {
  return (JSON.parse(read("package.json")) as { bin: { assistant: string } }).bin.assistant;
}
