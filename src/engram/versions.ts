/**
 * Layout of the stored engram. Raised when a file of the older layout cannot be read any more; older engrams are then
 * built again, because an engram is derived from git and nothing in it is original.
 */
export const formatVersion = 2;

/** Raised whenever the same path and text no longer give the same rows: tokens, chunks, hashes or magnitudes. */
export const encoderVersion = 2;

/** Of the hashes. Any 32-bit value serves; every engram that shall be compared with another needs the same one. */
export const defaultSeed = 0;
