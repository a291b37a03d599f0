import { promisify } from "node:util";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { limits } from "../shared/limits.ts";
import { damaged, tooLarge } from "./document-errors.ts";
import { htmlToMarkedText } from "./read-html.ts";
import type { ReadText } from "./text-document.ts";

/**
 * Text of a Word document: its styles become headings, lists and tables as in HTML, and that is read as HTML. Pictures and
 * comments are left out, external files are never opened. Word keeps no pages in the file: where they break depends on the
 * printer.
 * Errors: AssistantError `document-large` (also for an archive that unpacks to too much), `document-damaged`.
 */
export async function readDocx(name: string, bytes: Uint8Array): Promise<ReadText> {
  const buffer = Buffer.from(bytes);
  const unpacked = await unpackedBytes(buffer, limits.unpackedDocumentBytes).catch((error: unknown) => {
    throw damaged(name, "DOCX", error);
  });
  if (unpacked > limits.unpackedDocumentBytes) {
    throw tooLarge(name, limits.unpackedDocumentBytes, "bytes of text and marks in it");
  }
  const { default: mammoth } = await import("mammoth");
  try {
    const { value } = await mammoth.convertToHtml(
      { buffer },
      {
        styleMap: ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => h2:fresh"],
        convertImage: mammoth.images.imgElement(async () => ({ src: "" })),
        externalFileAccess: false,
      },
    );
    return { ...htmlToMarkedText(value), pages: null };
  } catch (error) {
    throw damaged(name, "DOCX", error);
  }
}

/** Parts that are never unpacked: nothing in them is text. */
const unread = /^word\/(media|embeddings|fonts)\//;

/** Bytes that the read parts unpack to, counted, for what an archive says of itself may be a lie; ends above `most`. */
async function unpackedBytes(buffer: Buffer, most: number): Promise<number> {
  const zip = await promisify<Buffer, yauzl.Options, ZipFile>(yauzl.fromBuffer)(buffer, { lazyEntries: true });
  let bytes = 0;
  return new Promise((resolve, reject) => {
    zip.on("error", reject);
    zip.on("end", () => resolve(bytes));
    zip.on("entry", (entry: Entry) => {
      if (unread.test(entry.fileName)) return zip.readEntry();
      if (bytes + entry.uncompressedSize > most) return resolve(most + 1);
      zip.openReadStream(entry, (error, stream) => {
        if (error) return reject(error);
        stream.on("data", (data: Buffer) => (bytes += data.length));
        stream.on("error", reject);
        stream.on("end", () => zip.readEntry());
      });
    });
    zip.readEntry();
  });
}
