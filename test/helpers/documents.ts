import { crc32, deflateRawSync, deflateSync } from "node:zlib";

/** A PDF with one page for each list of lines, in the standard font Helvetica. */
export function makePdf(pages: string[][]): Buffer {
  const contents = pages.map((lines) => {
    const drawn = lines.map((line) => `(${line.replace(/[\\()]/g, String.raw`\$&`)}) Tj T*`).join("\n");
    return lines.length === 0 ? "" : `BT /F1 11 Tf 14 TL 60 780 Td\n${drawn}\nET`;
  });
  return pdfOfContents(contents.map((text) => Buffer.from(text, "latin1")));
}

/** A PDF with one page for each content stream, compressed. */
function pdfOfContents(contents: Buffer[]): Buffer {
  const pageId = (i: number) => 4 + 2 * i;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Count ${contents.length} /Kids [${contents.map((_, i) => `${pageId(i)} 0 R`).join(" ")}] >>`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ...contents.flatMap((content, i) => {
      const stream = deflateSync(content).toString("latin1");
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${pageId(i) + 1} 0 R >>`,
        `<< /Filter /FlateDecode /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
      ];
    }),
  ];
  return pdfOfObjects(objects, "");
}

/** A PDF that says it is encrypted, with a user password that nobody knows. */
export function makeEncryptedPdf(): Buffer {
  const secret = `<${"5a".repeat(32)}>`;
  return pdfOfObjects(
    [
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Count 0 /Kids [] >>",
      `<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O ${secret} /U ${secret} >>`,
    ],
    " /Encrypt 3 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]",
  );
}

function pdfOfObjects(objects: string[], trailer: string): Buffer {
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, i) => {
    const offset = text.length;
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = text.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`);
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows.join("")}`;
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R${trailer} >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text, "latin1");
}

/** A Word document of paragraphs; `style` is a style's name as Word writes it, for example "heading 1" or "Title". */
export function makeDocx(paragraphs: { text: string; style?: string }[], more: Record<string, Buffer> = {}): Buffer {
  const names = [...new Set(paragraphs.flatMap(({ style }) => style ?? []))];
  const id = (name: string) => name.replace(/\W/g, "");
  const styles = names.map(
    (name) => `<w:style w:type="paragraph" w:styleId="${id(name)}"><w:name w:val="${name}"/></w:style>`,
  );
  const body = paragraphs.map(({ text, style }) => {
    const properties = style === undefined ? "" : `<w:pPr><w:pStyle w:val="${id(style)}"/></w:pPr>`;
    return `<w:p>${properties}<w:r><w:t xml:space="preserve">${escapeXml(text)}</w:t></w:r></w:p>`;
  });
  return makeZip({
    "[Content_Types].xml": xml(
      `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
    ),
    "_rels/.rels": relationships("officeDocument", "word/document.xml"),
    "word/_rels/document.xml.rels": relationships("styles", "styles.xml"),
    "word/document.xml": xml(`<w:document ${namespace}><w:body>${body.join("")}</w:body></w:document>`),
    "word/styles.xml": xml(`<w:styles ${namespace}>${styles.join("")}</w:styles>`),
    ...more,
  });
}

const namespace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`;

function xml(content: string): Buffer {
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${content}`);
}

function relationships(type: string, target: string): Buffer {
  return xml(
    `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"/></Relationships>`,
  );
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/**
 * A ZIP archive of deflated files.
 * @param claimed sizes that entries claim to unpack to, where that is not the truth
 */
export function makeZip(files: Record<string, Buffer>, claimed: Record<string, number> = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of Object.entries(files)) {
    const packed = deflateRawSync(data);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claimed[name] ?? data.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from("PK\u0003\u0004"), common, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\u0001\u0002\u0014\u0000"), common, rest, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", "latin1");
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}
