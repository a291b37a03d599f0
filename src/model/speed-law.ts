/** How fast one model runs on a machine, as far as a review goes; tokens a second, of all requests together. */
export interface Speed {
  readTokensPerSecond: number;
  writtenTokensPerSecond: number;
}

/** What a model's speed depends on. */
export interface ModelShape {
  /** Those that one token goes through. */
  activeParameters: number;
  parameters: number;
  bytes: number;
}

export interface SpeedEstimate extends Speed {
  /** The truth lies within this factor of it, up or down; 1: it was measured. */
  factor: number;
}

/**
 * Below so many parameters a token costs no less to read: narrow matrices keep no processor busy, and their widths have no
 * fast kernels in the usual quantisations.
 */
const leanestParameters = 500e6;
/** How much dearer than that the models below it have been, by their share of it. */
const narrowCost = 0.35;
/** The smallest model that the law was fitted to has 135 million. */
const smallestReference = 100e6;
/** Below so many bytes a written token is bound by the steps between the layers, not by memory. */
const leanestBytes = 360e6;

/**
 * What a model would do on a machine, from others that were measured there. Reading computes: time grows with the parameters
 * that a token goes through. Writing reads these weights once for each token: time grows with their bytes. Both stop falling
 * at small models. Fitted to five models on two cores of one machine (docs/models.md); from any of the trained ones each
 * other trained one comes out within a factor of 2. Several references are averaged, the nearest in size counting most.
 */
export function estimateSpeed(model: ModelShape, references: readonly (ModelShape & Speed)[]): SpeedEstimate {
  let weights = 0;
  let logRead = 0;
  let logWritten = 0;
  let nearest = Infinity;
  for (const reference of references) {
    const distance = Math.abs(Math.log(readingCost(model) / readingCost(reference)));
    const weight = 1 / (0.1 + distance) ** 2;
    weights += weight;
    logRead += weight * Math.log((reference.readTokensPerSecond * readingCost(reference)) / readingCost(model));
    logWritten += weight * Math.log((reference.writtenTokensPerSecond * writingCost(reference)) / writingCost(model));
    nearest = Math.min(nearest, sizeFactor(model, reference));
  }
  return {
    readTokensPerSecond: Math.exp(logRead / weights),
    writtenTokensPerSecond: Math.exp(logWritten / weights),
    factor: nearest,
  };
}

function readingCost({ activeParameters }: ModelShape): number {
  if (activeParameters >= leanestParameters) return activeParameters;
  return leanestParameters * (leanestParameters / activeParameters) ** narrowCost;
}

function writingCost({ bytes, parameters, activeParameters }: ModelShape): number {
  return Math.max((bytes * activeParameters) / parameters, leanestBytes);
}

/** How sure one reference makes an estimate. */
function sizeFactor(model: ModelShape, reference: ModelShape): number {
  const isMixture = (shape: ModelShape) => shape.activeParameters < shape.parameters;
  const ratio = Math.abs(Math.log2(model.parameters / reference.parameters));
  const small = Math.min(model.parameters, reference.parameters) < leanestParameters;
  // Models of tests and toys say nothing of any other.
  if (reference.parameters < smallestReference) return 10;
  // Experts are chosen token by token: how much of the weights a batch reads, nobody measured here.
  if (isMixture(model) !== isMixture(reference)) return 3;
  return ratio < 2 && !small ? 1.5 : 2;
}
