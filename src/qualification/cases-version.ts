/**
 * Of the built-in cases: the hash of all of them (`hashOf` in versions.ts). Written here, and held by a test, so that looking
 * a record up does not load the cases. A record of other cases says nothing about these.
 */
export const casesVersion = "fdbeac4e2687";
