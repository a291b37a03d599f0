import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

const launcher = fileURLToPath(new URL("../../../dist/launch.cjs", import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Configuration of the machine that must not reach a test: keys, secrets and models of whoever runs it. */
const foreign =
  /^(APP_ID|PRIVATE_KEY|PRIVATE_KEY_PATH|WEBHOOK_SECRET|PORT|HOST|LOG_LEVEL|\w+_MODEL|GHE_\w+|ASSISTANT_\w+)$/;

/** Starts the built program as its user would. */
export function startCommand(args: string[], home: string, env: NodeJS.ProcessEnv = {}): ChildProcess {
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return spawn(process.execPath, [launcher, ...args], {
    env: { ...Object.fromEntries(own), ASSISTANT_HOME: home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // One that hangs must not outlive its test.
    timeout: 100_000,
    killSignal: "SIGKILL",
  });
}

/** Waits for its end and keeps what it printed. */
export function ended(child: ChildProcess): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (data: Buffer) => (stdout += data.toString("utf8")));
  child.stderr?.on("data", (data: Buffer) => (stderr += data.toString("utf8")));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
}

export function runCommand(args: string[], home: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return ended(startCommand(args, home, env));
}

export function temporaryFolder(): { path: string; dispose(): void } {
  const path = mkdtempSync(join(tmpdir(), "command-line-"));
  return { path, dispose: () => rmSync(path, { recursive: true, force: true }) };
}

const paging = (name: string, lines: string) => `
export function ${name}(rows: Row[], page: number, size: number): Row[] {
  const sorted = rows.slice().sort((a, b) => a.createdAt - b.createdAt);
${lines}  return sorted.slice(first, last);
}
`;

const wrong = `  const first = page * size;
  const last = first + size - 1;
  log.debug("rows from %d to %d of %d", first, last, rows.length);
`;
const mended = `  const first = (page - 1) * size;
  const last = Math.min(first + size, sorted.length);
  log.debug("rows %d to %d of %d", first + 1, last, sorted.length);
`;

/** Two files with the same mistake in lines 4 to 6; branch `fix` mends it in `orders.ts` alone. */
export function repositoryWithForgottenCopy(dir?: string): TestRepository {
  const repository = createRepository(dir);
  repository.write("src/orders.ts", paging("listOrders", wrong));
  repository.write("src/invoices.ts", paging("listInvoices", wrong));
  repository.write("src/mail.ts", "export function sendMail(to: string): void {\n  queue.push({ to });\n}\n");
  repository.commit("List orders and invoices");
  repository.git("switch", "--quiet", "--create", "fix");
  repository.write("src/orders.ts", paging("listOrders", mended));
  repository.commit("Pages are counted from one");
  return repository;
}
