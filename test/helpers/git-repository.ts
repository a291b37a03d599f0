import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface CommitOptions {
  /** ISO 8601. Default: one minute after the commit before, starting on 2024-01-01. */
  date?: string;
  /** `Name <address>`. */
  author?: string;
}

/** A real git repository with a work tree. Same calls, same object ids: dates, names and configuration are fixed. */
export interface TestRepository {
  dir: string;
  write(path: string, text: string | Buffer): void;
  remove(path: string): void;
  /** Commits everything in the work tree (an empty commit where nothing changed) and returns the full object id. */
  commit(message: string, options?: CommitOptions): string;
  /** Runs git there and returns its output without the final line end. */
  git(...args: string[]): string;
  /** Deletes the folder. */
  dispose(): void;
}

const FIRST_COMMIT = Date.parse("2024-01-01T00:00:00Z");
const AUTHOR = "Ada Tester <ada@example.com>";

/** Creates an empty repository (branch `main`) in `dir`, or in a new folder for temporary files. */
export function createRepository(dir: string = mkdtempSync(join(tmpdir(), "repository-"))): TestRepository {
  let clock = FIRST_COMMIT;

  function run(args: string[], env: Record<string, string> = {}): string {
    const output = execFileSync("git", ["-C", dir, ...args], {
      env: { ...process.env, ...isolatedConfiguration(), ...env },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 64 * 1024 * 1024,
    });
    return output.replace(/\n$/, "");
  }

  mkdirSync(dir, { recursive: true });
  run(["init", "--quiet", "--initial-branch=main"]);

  return {
    dir,
    write(path, text) {
      const file = join(dir, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    remove(path) {
      rmSync(join(dir, path), { recursive: true });
    },
    commit(message, { date = new Date(clock).toISOString(), author = AUTHOR } = {}) {
      clock = Date.parse(date) + 60_000;
      const [, name = author, address = ""] = /^(.*) <(.*)>$/.exec(author) ?? [];
      run(["add", "--all"]);
      run(["commit", "--quiet", "--allow-empty", "--message", message], {
        GIT_AUTHOR_NAME: name,
        GIT_AUTHOR_EMAIL: address,
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: name,
        GIT_COMMITTER_EMAIL: address,
        GIT_COMMITTER_DATE: date,
      });
      return run(["rev-parse", "HEAD"]);
    },
    git: (...args) => run(args),
    dispose: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** The machine's own git configuration (signing, hooks, line ends) must not reach a test. */
function isolatedConfiguration(): Record<string, string> {
  return {
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    // For commands of a test's own that write commits, such as `git merge`.
    GIT_AUTHOR_NAME: "Ada Tester",
    GIT_AUTHOR_EMAIL: "ada@example.com",
    GIT_COMMITTER_NAME: "Ada Tester",
    GIT_COMMITTER_EMAIL: "ada@example.com",
    GIT_AUTHOR_DATE: "2024-06-01T00:00:00Z",
    GIT_COMMITTER_DATE: "2024-06-01T00:00:00Z",
  };
}
