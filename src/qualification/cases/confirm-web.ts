import type { ConfirmListing } from "./case.ts";

/** TypeScript and Python. */
export const confirmWeb: ConfirmListing[] = [
  {
    id: "throttle",
    language: "typescript",
    path: "src/ui/throttle.ts",
    code: String.raw`
export function throttle(run: () => void, everyMs: number): () => void {
  let last = -Infinity;
  return () => {
    const now = performance.now();
    if (now - last < everyMs) return;
    last = now;
    run();
  };
}
`,
    holds: ["A call that comes too early is dropped and not made up for later."],
    fails: ["A call that comes too early is made later, when the time has passed."],
  },
  {
    id: "parse-port",
    language: "typescript",
    path: "src/config/parse-port.ts",
    code: String.raw`
export function parsePort(text: string | undefined): number {
  if (text === undefined || text === "") return 8080;
  const port = Number.parseInt(text, 10);
  if (Number.isNaN(port)) throw new TypeError("a port is a number");
  return port;
}
`,
    holds: ["The text 70000 is accepted, although no port is that high."],
    fails: ["The text 70000 is refused with a TypeError."],
  },
  {
    id: "group-by",
    language: "typescript",
    path: "src/lists/group-by.ts",
    code: String.raw`
export function groupBy<T>(items: T[], keyOf: (item: T) => string): Record<string, T[]> {
  const groups: Record<string, T[]> = {};
  for (const item of items) {
    const key = keyOf(item);
    (groups[key] ??= []).push(item);
  }
  return groups;
}
`,
    holds: ["A key named constructor meets a property that every object inherits, and push fails on it."],
    fails: ["Two items with the same key give two groups."],
  },
  {
    id: "upload-limit",
    language: "typescript",
    path: "src/upload/receive.ts",
    code: String.raw`
export async function receive(request: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request) {
    parts.push(part);
    size += part.byteLength;
  }
  if (size > limit) throw new RangeError("the upload is too large");
  return Buffer.concat(parts);
}
`,
    holds: ["An upload over the limit is held in memory as a whole before it is refused."],
    fails: ["Reading stops at the first part that goes over the limit."],
  },
  {
    id: "session-cookie",
    language: "typescript",
    path: "src/web/session-cookie.ts",
    code: String.raw`
export function sessionCookie(id: string, secure: boolean): string {
  const parts = ["sid=" + id, "Path=/", "HttpOnly", "SameSite=Lax"];
  if (secure) parts.push("Secure");
  return parts.join("; ");
}
`,
    holds: ["The cookie has no lifetime, so that it ends with the browser session."],
    fails: ["Scripts of the page can read the cookie."],
  },
  {
    id: "all-settled",
    language: "typescript",
    path: "src/notify/notify-all.ts",
    code: String.raw`
export async function notifyAll(sinks: ((text: string) => Promise<void>)[], text: string): Promise<number> {
  const results = await Promise.allSettled(sinks.map((sink) => sink(text)));
  return results.filter((result) => result.status === "fulfilled").length;
}
`,
    holds: ["A sink that fails does not keep the others from being told."],
    fails: ["The first sink that fails makes notifyAll reject."],
  },
  {
    id: "weekday",
    language: "python",
    path: "rota/weekday.py",
    code: String.raw`
from datetime import timedelta


def next_shift(day, off_days):
    """The next day that is not off. Days are counted from Monday = 0."""
    candidate = day + timedelta(days=1)
    while candidate.weekday() in off_days:
        candidate += timedelta(days=1)
    return candidate
`,
    holds: ["If all seven weekdays are off days, next_shift never returns normally with a day."],
    fails: ["next_shift may return the very day that was given."],
  },
  {
    id: "csv-rows",
    language: "python",
    path: "imports/rows.py",
    code: String.raw`
def rows(path):
    with open(path, encoding="utf-8") as stream:
        header = stream.readline().rstrip("\n").split(",")
        for line in stream:
            cells = line.rstrip("\n").split(",")
            yield dict(zip(header, cells))
`,
    holds: ["A quoted cell that has a comma inside is taken apart."],
    fails: ["A row with fewer cells than the header raises an error."],
  },
  {
    id: "token-bucket",
    language: "python",
    path: "limits/bucket.py",
    code: String.raw`
import time


class Bucket:
    def __init__(self, rate, size):
        self.rate, self.size = rate, size
        self.level = size
        self.seen = time.monotonic()

    def take(self):
        now = time.monotonic()
        self.level = min(self.size, self.level + (now - self.seen) * self.rate)
        self.seen = now
        if self.level < 1:
            return False
        self.level -= 1
        return True
`,
    holds: ["A bucket that was idle for long never holds more than its size."],
    fails: ["A new bucket is empty, so that its first take is refused."],
  },
  {
    id: "digest-compare",
    language: "python",
    path: "hooks/verify.py",
    code: String.raw`
import hashlib
import hmac


def verify(secret, body, signature):
    expected = hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest("sha256=" + expected, signature or "")
`,
    holds: ["A request without a signature is not verified."],
    fails: ["The comparison ends at the first character that differs."],
  },
  {
    id: "retry-decorator",
    language: "python",
    path: "net/retry.py",
    code: String.raw`
import functools
import time


def retry(times, wait):
    def around(call):
        @functools.wraps(call)
        def tried(*args, **kwargs):
            for attempt in range(times):
                try:
                    return call(*args, **kwargs)
                except ConnectionError:
                    time.sleep(wait * 2**attempt)
        return tried
    return around
`,
    holds: ["When every try fails, None is returned and nothing is raised."],
    fails: ["After the last try the ConnectionError is raised to the caller."],
  },
  {
    id: "thumbnail-size",
    language: "python",
    path: "images/fit.py",
    code: String.raw`
def fit(width, height, most):
    """Width and height that fit into a square of this many pixels, in proportion."""
    if width <= most and height <= most:
        return width, height
    scale = most / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))
`,
    holds: ["Small pictures are not enlarged."],
    fails: ["A very flat picture can get a height of 0."],
  },
  {
    id: "template-cache",
    language: "python",
    path: "pages/templates.py",
    code: String.raw`
class Templates:
    def __init__(self, folder):
        self.folder = folder
        self.loaded = {}

    def get(self, name):
        if name not in self.loaded:
            self.loaded[name] = (self.folder / name).read_text(encoding="utf-8")
        return self.loaded[name]
`,
    holds: ["A template that is changed on the disk after its first use is still served as it was."],
    fails: ["Each call of get reads the file again."],
  },
];
