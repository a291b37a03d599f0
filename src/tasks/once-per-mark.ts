import type { Tracker } from "../tracker/tracker.ts";

/** What is made of everything that a tracker knows: made again only when it has read more. */
export function oncePerMark<T>(
  mark: (readTo: ReturnType<Tracker["readTo"]>) => string | null,
  make: (tracker: Tracker) => T,
): (tracker: Tracker) => T {
  const made = new WeakMap<Tracker, { mark: string | null; made: T }>();
  return (tracker) => {
    const now = mark(tracker.readTo());
    const known = made.get(tracker);
    if (known?.mark === now) return known.made;
    const fresh = make(tracker);
    made.set(tracker, { mark: now, made: fresh });
    return fresh;
  };
}
