import { accessSync, constants, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { AssistantError, messageOf } from "../shared/errors.ts";

/** Where this program keeps things. Everything but `config`, `appEnv` and `knowledge` can be deleted: it is fetched or built again. */
export interface Home {
  root: string;
  /** Server configuration, see server-config.ts. */
  config: string;
  /** The app's number, secret and key as `assistant setup` wrote them: variables of the environment, one a line. */
  appEnv: string;
  /** Queue of the server. Deleted, waiting jobs and the memory of deliveries are lost. */
  jobs: string;
  /** What people said of pull requests: paused, ignored. Deleted, nothing is paused or ignored any more. */
  pulls: string;
  /** What people made of findings. Deleted, no finding counts as turned down any more. */
  feedback: string;
  /** How often people asked within the last hour. Deleted, it is counted anew. */
  asks: string;
  /** What is switched off, and how far GitHub was read. Deleted, nothing is off any more. */
  service: string;
  /** Bare clones, one folder a repository. */
  mirrors: string;
  /** Engrams, HOST/OWNER/NAME below it. */
  engrams: string;
  /** What git knows about past commits and pull requests, HOST/OWNER/NAME below it. */
  history: string;
  /** Issues and review comments as GitHub told them, HOST/OWNER/NAME below it. */
  trackers: string;
  /** Engrams of documents, COLLECTION/NAME below it. Deleted, the documents have to be added again. */
  knowledge: string;
  /** Weights. */
  models: string;
  /** What models were measured to be able to say, one file a model by SHA-256. */
  qualification: string;
  /** Packages that repositories' lock files ask for, one folder a lock file. */
  dependencies: string;
  /** Answers that models gave, so that what did not change need not be read again. */
  answers: string;
  /** What each run found, wrote and kept back, as JSON. */
  outcomes: string;
}

/** The folder named by ASSISTANT_HOME, else `~/.local/share/engram-assistant`. Nothing is created. */
export function findHome(env: NodeJS.ProcessEnv): Home {
  return homeAt(env["ASSISTANT_HOME"] || join(homedir(), ".local", "share", "engram-assistant"));
}

/**
 * Creates the folder where it is missing, so that whoever writes below it later fails for its own reasons alone.
 * Errors: AssistantError `home-not-writable`.
 */
export function prepareHome({ root }: Home): void {
  try {
    mkdirSync(root, { recursive: true });
    accessSync(root, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new AssistantError(`${root} cannot be written to: ${messageOf(error)}`, {
      code: "home-not-writable",
      remedy: "Set ASSISTANT_HOME to a folder that this user may write to.",
      cause: error,
    });
  }
}

/** The paths below a folder. */
function homeAt(folder: string): Home {
  const root = resolve(folder);
  return {
    root,
    config: join(root, "config.yml"),
    appEnv: join(root, "app.env"),
    jobs: join(root, "jobs.db"),
    pulls: join(root, "pulls.db"),
    asks: join(root, "asks.db"),
    feedback: join(root, "feedback.db"),
    service: join(root, "service.db"),
    mirrors: join(root, "mirrors"),
    engrams: join(root, "engrams"),
    history: join(root, "history"),
    trackers: join(root, "trackers"),
    knowledge: join(root, "knowledge"),
    models: join(root, "models"),
    qualification: join(root, "qualification"),
    dependencies: join(root, "dependencies"),
    answers: join(root, "answers.db"),
    outcomes: join(root, "outcomes"),
  };
}
