import type { LanguageFamily } from "../language-family.ts";

/** What browsers, CommonJS and test runners give to every file. */
const scriptNames =
  "window document navigator location history screen localStorage sessionStorage indexedDB alert confirm prompt self top " +
  "parent frames opener name status event origin close open print stop focus blur find scroll length external chrome browser page " +
  "XMLHttpRequest Image Audio Option Element Node Document Window requestAnimationFrame cancelAnimationFrame getComputedStyle " +
  "matchMedia CustomEvent FileReader File FormData Worker WebSocket EventSource MutationObserver IntersectionObserver " +
  "ResizeObserver DOMParser Notification customElements crypto fetch Request Response Headers Blob URL " +
  "require module exports __dirname __filename arguments undefined NaN Infinity globalThis global process Buffer React JSX " +
  "describe context suite it test specify bench expect assert should before after beforeEach afterEach beforeAll afterAll setup " +
  "teardown jest vi vitest jasmine spyOn sinon cy Cypress QUnit chai $ jQuery _ angular google Deno Bun";

const pythonNames =
  "abs aiter all any anext ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex copyright credits " +
  "delattr dict dir divmod enumerate eval exec exit filter float format frozenset getattr globals hasattr hash help hex id input " +
  "int isinstance issubclass iter len license list locals map max memoryview min next object oct open ord pow print property quit " +
  "range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip self cls " +
  "None True False Ellipsis NotImplemented __name__ __file__ __doc__ __all__ __path__ __spec__ __loader__ __package__ " +
  "__builtins__ __debug__ __import__ __class__ __annotations__ reveal_type WindowsError";

const known: Partial<Record<LanguageFamily, ReadonlySet<string>>> = {
  ecmascript: new Set([...scriptNames.split(" "), ...Object.getOwnPropertyNames(globalThis)]),
  python: new Set(pythonNames.split(" ")),
};

/** Whether every file has a thing of this name. Too many are better than too few: what is one is never told to be missing. */
export function isGlobalName(family: LanguageFamily, name: string): boolean {
  if (family === "python" && /^[A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt|Iteration|Group)$/.test(name))
    return true;
  if (
    family === "ecmascript" &&
    /^(?:HTML|SVG|WebGL|RTC|IDB|CSS|Media|Web|Readable|Writable|Transform)[A-Z]?\w*$/.test(name)
  )
    return true;
  return known[family]?.has(name) ?? false;
}
