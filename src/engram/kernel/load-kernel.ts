import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { AssistantError, messageOf } from "../../shared/errors.ts";
import { createJsKernel } from "./js-kernel.ts";
import type { KernelChoice } from "./kernel.ts";
import { createNativeKernel, type NativeAddon, nativeContract } from "./native-kernel.ts";

/** Where `native/build.mjs` leaves the addon: three folders up from `src/engram/kernel` and `dist/engram/kernel` alike. */
export const addonFile = fileURLToPath(new URL("../../../native/build/Release/engram_kernel.node", import.meta.url));

/** What a release may bring along for machines of this kind (.github/workflows/release.yml). */
const releasedFile = fileURLToPath(
  new URL(`../../../native/prebuilds/${process.platform}-${process.arch}/engram_kernel.node`, import.meta.url),
);

/**
 * The native kernel where it was built, or came with a release, and loads, else the JavaScript one: their answers are the same.
 * ASSISTANT_KERNEL=js|native decides otherwise.
 * Errors: AssistantError `no-native-kernel` when the native one was asked for by name; `bad-kernel` for another name.
 */
export function loadKernel(
  wish: string = process.env["ASSISTANT_KERNEL"] ?? "",
  file: string = addonFile,
  released: string = releasedFile,
): KernelChoice {
  if (wish === "js") return { kernel: createJsKernel(), reason: "ASSISTANT_KERNEL asks for the JavaScript kernel." };
  if (wish !== "" && wish !== "native") throw badWish(wish);
  const built = loadAddon(file);
  if (typeof built !== "string") {
    return { kernel: createNativeKernel(built), reason: "The native kernel is built and loads." };
  }
  const brought = loadAddon(released);
  if (typeof brought !== "string") {
    return { kernel: createNativeKernel(brought), reason: "The native kernel of this release loads." };
  }
  const reason = built === notBuilt ? brought : built;
  if (wish === "native") throw noNative(reason);
  return { kernel: createJsKernel(), reason: `The JavaScript kernel is used because ${reason}.` };
}

const notBuilt = "the native one was not built";

/** The addon, or why there is none. Whatever else goes wrong while it loads is thrown. */
function loadAddon(file: string): NativeAddon | string {
  try {
    const addon = createRequire(import.meta.url)(file) as NativeAddon;
    if (addon.contract === nativeContract) return addon;
    return "the native one was built from other sources";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "MODULE_NOT_FOUND") return notBuilt;
    if (code === "ERR_DLOPEN_FAILED") return `the native one does not load (${messageOf(error).split("\n")[0]})`;
    throw error;
  }
}

function noNative(reason: string): AssistantError {
  return new AssistantError(`ASSISTANT_KERNEL=native, but ${reason}`, {
    code: "no-native-kernel",
    remedy: "Run `node native/build.mjs`, or unset ASSISTANT_KERNEL.",
  });
}

function badWish(wish: string): AssistantError {
  return new AssistantError(`ASSISTANT_KERNEL is "${wish}"`, {
    code: "bad-kernel",
    remedy: 'Set it to "js" or "native", or unset it.',
  });
}
