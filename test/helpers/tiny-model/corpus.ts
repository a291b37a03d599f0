/**
 * What the tiny model learns: answers as sentences and as JSON, each with how often it was "seen". Few words stand in two
 * places, so that a walk along the most frequent pairs ends instead of going round in circles.
 */
export const corpus: readonly { text: string; times: number }[] = [
  { text: `The second file still calls a removed function.`, times: 20 },
  { text: `This change keeps every caller in step.`, times: 3 },
  { text: `One place was forgotten.`, times: 2 },
  { text: `{"sentence": "The second file still calls a removed function."}`, times: 9 },
  { text: `{"reason": "This change keeps every caller in step."}`, times: 2 },
  { text: `sentence: "The second file still calls a removed function."`, times: 2 },
  { text: `{"verdict": "confirm", "confidence": "high"}`, times: 1 },
  { text: `{"verdict": "reject", "label": "bug"}`, times: 1 },
  { text: `{"findings": [{"kind": "near-copy", "text": "One place was forgotten."}]}`, times: 1 },
  { text: `{"relevant": true, "lines": ["first", "last"], "next": null}`, times: 1 },
  { text: `{"relevant": false, "lines": [], "next": "none"}`, times: 1 },
];

/** The character before an answer in the chat template: it decides how an answer begins. */
export const opening = "\n";
