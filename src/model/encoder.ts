/** PORT of the model stage, second part: texts to vectors whose cosine says how much the texts mean the same. */
import type { ModelIdentity, Priority } from "./model.ts";

export interface Encoder {
  /** Vectors of two encoders cannot be compared: whoever keeps one keeps the encoder's SHA-256 beside it. */
  readonly identity: ModelIdentity;
  /** Length of a vector. */
  readonly dimensions: number;
  /**
   * One vector a text, of length 1: their scalar product is the cosine. A text is cut after the tokens that the encoder was
   * made for; one without words is a vector of zeros. Default priority `background`. Errors: AssistantError as those of
   * `Model.generate`, and the signal's reason when cancelled.
   */
  encode(texts: readonly string[], options?: { priority?: Priority; signal?: AbortSignal }): Promise<Float32Array[]>;
  /** Waits for what runs, refuses what comes. */
  close(): Promise<void>;
}

/** Finds the encoder of this machine, or says why there is none: the caller goes on without. */
export interface EncoderProvider {
  encoder(): Promise<{ encoder: Encoder; reason: null } | { encoder: null; reason: string }>;
  close(): Promise<void>;
}
