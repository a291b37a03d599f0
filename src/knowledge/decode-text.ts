import { isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";
import { documentError } from "./document-errors.ts";

/**
 * Text of bytes: by their byte order mark, else as UTF-8, else in `declared`, else as Latin-1 (Windows-1252), which is said
 * in `notes`.
 * Errors: AssistantError `document-not-text` where the bytes are no text in any of these.
 * @param declared an encoding that the document names for itself
 */
export function decodeText(name: string, bytes: Uint8Array, declared?: string): { text: string; notes: string[] } {
  const marked = markedEncoding(bytes);
  if (marked !== null) return { text: new TextDecoder(marked).decode(bytes), notes: [] };
  if (bytes.includes(0)) {
    throw documentError(
      name,
      "not-text",
      "holds binary data",
      "Add documents and text files only; save text as UTF-8.",
    );
  }
  if (isUtf8(bytes)) return { text: Buffer.from(bytes).toString("utf8"), notes: [] };
  const known = declared === undefined ? null : decoderFor(declared);
  if (known !== null) return { text: known.decode(bytes), notes: [] };
  return { text: new TextDecoder("windows-1252").decode(bytes), notes: ["read as Latin-1, because it is not UTF-8"] };
}

function markedEncoding(bytes: Uint8Array): string | null {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  return null;
}

/** Null where the name is unknown, or this Node was built without that encoding. */
function decoderFor(label: string): TextDecoder | null {
  try {
    return new TextDecoder(label);
  } catch {
    return null;
  }
}
