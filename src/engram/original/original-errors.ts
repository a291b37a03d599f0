import { AssistantError } from "../../shared/errors.ts";

export function foreignOriginal(file: string, reason: string, cause?: unknown): AssistantError {
  return new AssistantError(`${file} is no sound engram of the original Embeddenator: ${reason}`, {
    code: "original-foreign",
    remedy: "Name the file that its ingest wrote with -e; a damaged one has to be written again by its own program.",
    cause,
  });
}

export function compressedOriginal(file: string, codec: string): AssistantError {
  return new AssistantError(`${file} is in an envelope that is compressed with ${codec}`, {
    code: "original-compressed",
    remedy: "Write it without compression, by the program that made it; its command line does that anyway.",
  });
}

export function ownEngram(file: string): AssistantError {
  return new AssistantError(`${file} is a SQLite database, for example an engram of this program`, {
    code: "not-original",
    remedy: "An engram of this program needs no import; the other verbs take it with -e.",
  });
}

export function foreignManifest(file: string, reason: string, cause?: unknown): AssistantError {
  return new AssistantError(`${file} is no sound manifest of the original Embeddenator: ${reason}`, {
    code: "original-manifest-foreign",
    remedy: "Name the JSON file that was written with the engram.",
    cause,
  });
}

export function manifestOfAnother(file: string, reason: string): AssistantError {
  return new AssistantError(`the manifest ${file} is not of this engram: ${reason}`, {
    code: "original-manifest-disagrees",
    remedy: "Name the two files that were written together.",
  });
}

export function escapingPath(path: string, reason: string): AssistantError {
  return new AssistantError(`the file ${JSON.stringify(path)} is not imported: ${reason}`, {
    code: "import-escape",
    remedy: "Nothing was written. The original never writes such a path: do not trust this manifest.",
  });
}
