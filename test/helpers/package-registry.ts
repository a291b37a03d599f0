import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A registry of one npm package and one Python package on loopback, as npm and pip speak to it. */
export interface PackageRegistry {
  /** With a slash at the end. */
  url: string;
  /** Of pip. */
  index: string;
  /** `sha512-…` of the npm package. */
  integrity: string;
  /** SHA-256 of the wheel, in hex. */
  wheel: string;
  /** Requests so far, with their headers. */
  requests: { url: string; headers: IncomingMessage["headers"] }[];
  close(): Promise<void>;
}

/** `scripts`: files of the npm package `greeting` beside its manifest; `postinstall.sh` runs at installation. */
export async function startPackageRegistry(postinstall: string): Promise<PackageRegistry> {
  const dir = mkdtempSync(join(tmpdir(), "registry-"));
  const tarball = packNpm(join(dir, "npm"), postinstall);
  const wheel = buildWheel(join(dir, "pip"));
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const requests: PackageRegistry["requests"] = [];
  let root = "";
  const server = createServer((request, response) => {
    const url = request.url ?? "";
    requests.push({ url, headers: request.headers });
    const answers: Record<string, () => Buffer | string> = {
      "/greeting": () => JSON.stringify(packument(root, integrity)),
      "/greeting/-/greeting-1.0.0.tgz": () => tarball,
      "/simple/greeting-py/": () => `<a href="/files/${wheel.name}">${wheel.name}</a>`,
      [`/files/${wheel.name}`]: () => wheel.bytes,
    };
    const answer = answers[url];
    if (answer === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": typeOf(url) }).end(answer());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  root = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
  return {
    url: root,
    index: `${root}simple`,
    integrity,
    wheel: createHash("sha256").update(wheel.bytes).digest("hex"),
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function typeOf(url: string): string {
  if (url.startsWith("/simple/")) return "text/html";
  return url === "/greeting" ? "application/json" : "application/octet-stream";
}

function packument(root: string, integrity: string): object {
  const version = {
    name: "greeting",
    version: "1.0.0",
    main: "index.js",
    scripts: { postinstall: "sh postinstall.sh" },
    hasInstallScript: true,
    dist: { tarball: `${root}greeting/-/greeting-1.0.0.tgz`, integrity },
  };
  return { name: "greeting", "dist-tags": { latest: "1.0.0" }, versions: { "1.0.0": version } };
}

/** As `npm pack` lays an archive out, without npm: it would look for newer versions of itself. */
function packNpm(dir: string, postinstall: string): Buffer {
  const manifest = {
    name: "greeting",
    version: "1.0.0",
    main: "index.js",
    bin: { greet: "index.js" },
    scripts: { postinstall: "sh postinstall.sh" },
  };
  writeAll(dir, {
    "package/package.json": JSON.stringify(manifest),
    "package/index.js": '#!/usr/bin/env node\nmodule.exports = "hello from npm";\nconsole.log(module.exports);\n',
    "package/postinstall.sh": postinstall,
  });
  execFileSync("tar", ["-czf", join(dir, "greeting.tgz"), "-C", dir, "package"]);
  return readFileSync(join(dir, "greeting.tgz"));
}

function buildWheel(dir: string): { name: string; bytes: Buffer } {
  const info = "greeting_py-1.0.dist-info";
  writeAll(dir, {
    "greeting_py/__init__.py": 'text = "hello from pip"\n\n\ndef main():\n    print(text)\n',
    [`${info}/METADATA`]: "Metadata-Version: 2.1\nName: greeting-py\nVersion: 1.0\n",
    [`${info}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`${info}/entry_points.txt`]: "[console_scripts]\ngreet-py = greeting_py:main\n",
    [`${info}/RECORD`]: `greeting_py/__init__.py,,\n${info}/METADATA,,\n${info}/WHEEL,,\n${info}/entry_points.txt,,\n${info}/RECORD,,\n`,
  });
  const name = "greeting_py-1.0-py3-none-any.whl";
  const program = "import sys, shutil; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])";
  try {
    execFileSync("python3", ["-c", program, `${dir}-wheel`, dir]);
    return { name, bytes: readFileSync(`${dir}-wheel.zip`) };
  } catch {
    // Without Python nobody asks for it.
    return { name, bytes: Buffer.alloc(0) };
  }
}

function writeAll(dir: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text, { mode: 0o755 });
  }
}

/** Names of what lies in a folder; none where there is no folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
