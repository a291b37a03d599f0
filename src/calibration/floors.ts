/** PORT of the calibration stage: from which score on something is shown in a repository, learnt from its own past. */

export interface Floors {
  /** For files that a text is about, on the scale of `rankFilesForText`. Infinity: no score has proved right often enough. */
  localisation: number;
  /** For files that usually change along: confidence. Infinity as above. */
  companion: number;
}

export interface LearntFloors extends Floors {
  /** The commit whose past taught them. */
  commit: string;
  /** Epoch ms. */
  learntAt: number;
}

export interface FloorStore {
  /** Null where nothing was learnt yet. */
  read(key: string): LearntFloors | null;
  write(key: string, floors: LearntFloors): void;
}
