import type { Kernel } from "./kernel.ts";

/** What the addon exports (native/src/addon.cc). */
export interface NativeAddon {
  /** Number of the agreement between this file and the addon's sources. */
  contract: number;
  hashTokens: Kernel["hashTokens"];
  searchPostings: Kernel["searchPostings"];
}

/** Raised together with `kContract` in native/src/addon.cc, so that an addon from other sources is not used. */
export const nativeContract = 1;

/** The kernel in C++. */
export function createNativeKernel(addon: NativeAddon): Kernel {
  return {
    name: "native",
    hashTokens: (utf8, ends, seed) => addon.hashTokens(utf8, ends, seed),
    searchPostings: (query) => addon.searchPostings(query),
  };
}
