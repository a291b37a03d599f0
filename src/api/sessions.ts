import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Home } from "../config/home.ts";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { Turn } from "../tasks/ask/turn.ts";

/** Conversations by name: ASSISTANT_HOME/sessions/NAME.jsonl, readable by their owner alone. */
export interface Sessions {
  /** Oldest first; none where there is no such conversation. Errors: AssistantError `bad-session`. */
  read(name: string): Turn[];
  /** Errors: AssistantError `bad-session`, `session-busy`. */
  add(name: string, turn: Turn): Promise<void>;
  /** @returns whether there was one */
  forget(name: string): Promise<boolean>;
  /** Sorted. */
  names(): string[];
}

const namePattern = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const ending = ".jsonl";

const turnSchema = z.object({
  at: z.string(),
  kind: z.enum(["research", "code"]),
  question: z.string(),
  answer: z.string(),
  passages: z.array(
    z.object({
      // Conversations of earlier versions have none.
      id: z.string().optional(),
      source: z.string(),
      document: z.string(),
      startLine: z.number(),
      endLine: z.number(),
      page: z.number().nullable(),
    }),
  ),
});

export function openSessions({ root }: Pick<Home, "root">): Sessions {
  const directory = join(root, "sessions");
  const fileOf = (name: string): string => join(directory, checkName(name) + ending);

  /** A file is replaced as a whole, so that a reader never sees half of it; the lock keeps two writers from losing a turn. */
  function write(file: string, turns: readonly Turn[]): void {
    writeFileSync(`${file}.new`, turns.map((turn) => `${JSON.stringify(turn)}\n`).join(""), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  return {
    read: (name) => readTurns(fileOf(name)),
    async add(name, turn) {
      const file = fileOf(name);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      chmodSync(directory, 0o700);
      await withLock(`${file}.lock`, name, () =>
        write(file, [...readTurns(file), bounded(turn)].slice(-limits.sessionTurns)),
      );
    },
    async forget(name) {
      const file = fileOf(name);
      if (statSync(file, { throwIfNoEntry: false }) === undefined) return false;
      await withLock(`${file}.lock`, name, () => rmSync(file, { force: true }));
      return true;
    },
    names() {
      if (statSync(directory, { throwIfNoEntry: false }) === undefined) return [];
      return readdirSync(directory)
        .filter((file) => file.endsWith(ending))
        .map((file) => file.slice(0, -ending.length))
        .sort();
    },
  };
}

/** Errors: AssistantError `bad-session`. */
function checkName(name: string): string {
  if (namePattern.test(name)) return name;
  throw new AssistantError(`${JSON.stringify(name)} is no name for a session`, {
    code: "bad-session",
    remedy: "Take up to 64 lower-case letters, digits, - and _, beginning with a letter or digit.",
  });
}

/** What cannot be read as a turn is left out: a conversation is a help, and worth no failure. */
function readTurns(file: string): Turn[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    try {
      return [turnSchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}

function bounded(turn: Turn): Turn {
  const most = limits.sessionTurnCharacters;
  return { ...turn, question: turn.question.slice(0, most), answer: turn.answer.slice(0, most) };
}

/** Between processes: the folder that only one can make. That of a process that died is taken over after a while. */
async function withLock(lock: string, name: string, run: () => void): Promise<void> {
  const giveUp = Date.now() + 2 * limits.sessionLockMs;
  while (!take(lock)) {
    if (Date.now() > giveUp) {
      throw new AssistantError(`another process is writing the session ${name}`, {
        code: "session-busy",
        remedy: `Try again; if nothing else runs, delete ${lock}.`,
        transient: true,
      });
    }
    await sleep(20);
  }
  try {
    run();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function take(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - made > limits.sessionLockMs) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
