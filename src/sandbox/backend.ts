/** TYPE FILE of the sandbox: what a back end makes a process of. */

/** One process tree that shall run confined. */
export interface Confined {
  /** Absolute folders and files of the host, and where they lie inside. */
  mounts: Mount[];
  /** The only variables inside, beside those that the back end adds to PATH. */
  env: Record<string, string>;
  /** Folder inside to start in. */
  cwd: string;
  /** Program and arguments, looked up on PATH inside. */
  argv: string[];
  /** Who the processes are outside, where the back end can choose; the writable mounts belong to it. */
  owner: number | null;
  limits: ConfinedLimits;
}

export interface Mount {
  source: string;
  target: string;
  writable: boolean;
}

export interface ConfinedLimits {
  memoryBytes: number;
  processes: number;
  diskBytes: number;
}

/** A program of the host to start for it. */
export interface Launch {
  file: string;
  args: string[];
  /** All of its environment. */
  env: Record<string, string>;
  /** What it reads from the file descriptors 3, 4, …. */
  inputs: Buffer[];
  /** File descriptor on which bubblewrap tells the process id of the sandbox's first process; null: nothing tells. */
  statusFd: number | null;
  /** A command that prints that id, or 0 before there is one, where no descriptor tells; null: none is needed. */
  askPid: string[] | null;
  /**
   * File descriptor on which the sandbox asks, when it is set up, whether this program is still there. It is bound to this
   * program's life only then: one that was killed before answers no more. Null: it does not ask.
   */
  lifelineFd: number | null;
  /** A command that ends the sandbox beside killing the program; null: none is needed. */
  kill: string[] | null;
}

export interface Backend {
  /** For a log of what was verified, for example `bubblewrap 0.8.0 as a user of its own`. */
  description: string;
  /** A user id that owns what one sandbox writes; null: the one that this program runs as. */
  newOwner(): number | null;
  /** Folders of the host with tools that must be visible inside, and where commands are looked for. */
  tools: { mounts: Mount[]; path: string[] };
  launch(confined: Confined): Launch;
}
