import { setTimeout as sleep } from "node:timers/promises";
import { calibrate, calibrationOf } from "../calibration/calibrate.ts";
import type { Calibration, CalibrationStore, ModelCalibrationStore } from "../calibration/calibration.ts";
import { modelTables } from "../calibration/model-calibration.ts";
import type { Floors, FloorStore } from "../calibration/floors.ts";
import { learnRepositoryFloors } from "../calibration/learn-repository-floors.ts";
import type { EngramStore } from "../engram/engram.ts";
import type { UnitParser } from "../engram/units/unit-parser.ts";
import type { HistoryStore } from "../history/history.ts";
import { defaultFloors } from "../retrieval/learn-floors.ts";
import type { PastChangesStore } from "../history/past-changes.ts";
import type { PastPullsStore } from "../history/past-pulls.ts";
import type { Past } from "../retrieval/past.ts";
import type { EncoderProvider } from "../model/encoder.ts";
import { openIssueMeanings, type IssueMeanings } from "../retrieval/issue-meanings.ts";
import { limits } from "../shared/limits.ts";
import type { Tracker } from "../tracker/tracker.ts";
import type { KeptTrackerStore } from "../tracker/tracker-keeper.ts";
import { readChange } from "../workspace/read-change.ts";

/** Where the past of repositories is kept. Each can be deleted: git and GitHub still have it. */
export interface PastStores {
  history: HistoryStore;
  changes: PastChangesStore;
  pulls: PastPullsStore;
  trackers: KeptTrackerStore;
  /** What makes of issues' texts what they mean; without it words alone are compared. */
  encoders?: EncoderProvider;
  floors: FloorStore;
  calibrations: CalibrationStore;
  /** Of what models say; absent: nothing is known of that. */
  modelCalibrations?: ModelCalibrationStore;
}

export interface PastRequest {
  key: string;
  gitDir: string;
  /** The commit that is looked from. */
  commit: string;
  /** Newest commit of the default branch, which pull requests are placed by. */
  defaultCommit: string;
  /** Whether hunks and pull requests that are new are read now: minutes for a repository that was never read. */
  learn: boolean;
  signal: AbortSignal;
  onProgress?: (step: string, done: number, total: number) => void;
}

/**
 * The past of a commit, brought up to date: commits always, since that is quick; hunks and pull requests where it is asked
 * for, else as they were last read. What GitHub tells is read elsewhere (`TrackerStore.sync`).
 */
export async function openPast(request: PastRequest, stores: PastStores): Promise<Past> {
  const { key, gitDir, commit, defaultCommit, learn, signal, onProgress } = request;
  const tell = (step: string) => (done: number, total: number) => onProgress?.(step, done, total);
  const read = { signal, onProgress: tell("reading past commits") };
  const { index } = await stores.history.update(key, gitDir, [...new Set([commit, defaultCommit])], read);
  const history = index.at(commit);
  const hunks = learn ? ordinaryCommits(history) : [];
  const { changes } = await stores.changes.update(key, gitDir, hunks, {
    signal,
    onProgress: tell("reading past changes"),
  });
  const { pulls } = await stores.pulls.update(key, gitDir, defaultCommit, {
    signal,
    onProgress: tell("reading past pull requests"),
  });
  const tracker = stores.trackers.open(key);
  return {
    history,
    changes,
    pulls,
    tracker,
    meanings: async () => tracker && meaningsOf(key, tracker, stores),
    floors: floorsOf(key, stores),
    calibration: readCalibration(key, stores),
  };
}

/** Code's warnings and a model's findings are judged apart, either before the other. */
function readCalibration(
  key: string,
  { calibrations, modelCalibrations }: Pick<PastStores, "calibrations" | "modelCalibrations">,
): Calibration | null {
  const judgements = calibrations.read(key);
  const models = modelTables(modelCalibrations?.read(key) ?? new Map());
  if (models.size === 0) return judgements && calibrationOf(judgements);
  return { ...calibrationOf(judgements ?? { commit: "", learntAt: 0, complete: false, judged: new Map() }), models };
}

/** Loading an encoder is not waited for longer than one of its answers: the next call finds it loaded. */
async function meaningsOf(
  key: string,
  tracker: Tracker,
  { trackers, encoders }: PastStores,
): Promise<IssueMeanings | null> {
  const late = sleep(limits.encodeWaitMs, null, { ref: false });
  const found = await Promise.race([encoders?.encoder() ?? null, late]);
  return found?.encoder ? openIssueMeanings(tracker, trackers.vectors(key), found.encoder) : null;
}

/**
 * Messages tell what was changed, issues only what is wrong, and score lower for the right files. Until that is measured,
 * what messages taught may let more suspects through than the default, never fewer.
 */
function floorsOf(key: string, { floors }: PastStores): Floors {
  const learnt = floors.read(key) ?? defaultFloors;
  return { ...learnt, localisation: Math.min(learnt.localisation, defaultFloors.localisation) };
}

/**
 * Learns from which score on suspects and companions are shown, unless that was done lately. Takes a second for each past
 * commit that is asked.
 * @param engrams for engrams of past commits; closed by the caller
 */
export async function learnFloors(
  { key, gitDir, commit, signal }: Pick<PastRequest, "key" | "gitDir" | "commit" | "signal">,
  stores: PastStores,
  engrams: EngramStore,
): Promise<void> {
  const learnt = stores.floors.read(key);
  if (learnt !== null && Date.now() - learnt.learntAt < limits.floorsMs) return;
  const { index } = await stores.history.update(key, gitDir, [commit], { signal });
  const sources = { gitDir, history: index.at(commit), index, engrams, defaults: defaultFloors, signal };
  const floors = await learnRepositoryFloors(sources);
  stores.floors.write(key, { ...floors, commit, learntAt: Date.now() });
}

export interface CalibrateRequest extends Pick<PastRequest, "key" | "gitDir" | "commit" | "signal"> {
  /** Epoch ms after which nothing more is begun; the next call goes on. */
  deadline: number;
  /** Makes the files of these commits' trees readable, where git may lack them. */
  prepare?: (commits: string[]) => Promise<void>;
  most?: number;
  fresh?: boolean;
  onJudged?: (done: number, total: number) => void;
}

/**
 * Judges what would have been said to past pull requests by what became of them, unless that was done lately. Seconds for each.
 * @param engrams for engrams of past commits; closed by the caller
 */
export async function learnCalibration(
  request: CalibrateRequest,
  stores: PastStores,
  { engrams, units }: { engrams: EngramStore; units: UnitParser },
): Promise<Calibration> {
  const { key, gitDir, commit, deadline, prepare, signal } = request;
  const { pulls } = await stores.pulls.update(key, gitDir, commit, { signal });
  const bases = pulls.pulls.map(({ base }) => base);
  const { index } = await stores.history.update(key, gitDir, [...new Set([commit, ...bases])], { signal });
  const { changes } = await stores.changes.update(key, gitDir, [], { signal });
  const engramAt = async (base: string) => (await engrams.update("calibration", gitDir, base, { signal })).engram;
  const historyAt = (base: string) => index.at(base);
  const sources = { gitDir, readChange, engramAt, historyAt, changes, units, signal, ...(prepare && { prepare }) };
  const history = index.at(commit);
  const { most, fresh, onJudged } = request;
  return calibrate({
    key,
    pulls: pulls.pulls,
    history,
    commit,
    sources,
    store: stores.calibrations,
    deadline,
    most,
    fresh,
    onJudged,
  });
}

/** Merges only repeat what they bring. */
function ordinaryCommits({ commits }: Past["history"]): string[] {
  const own = commits.filter(({ parents }) => parents.length < 2);
  return own.slice(0, limits.changeCommits).map(({ commit }) => commit);
}
