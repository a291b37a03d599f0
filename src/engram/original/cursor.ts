/** A place in bytes that somebody else wrote. Every read checks that it stays inside and throws RangeError where it does not. */
export interface Cursor {
  readonly data: Buffer;
  at: number;
}

/** Takes the next bytes without copying them. */
export function readBytes(cursor: Cursor, count: number): Buffer {
  const { data, at } = cursor;
  if (count > data.length - at) throw new RangeError(`it ends at byte ${data.length}, before it is complete`);
  cursor.at = at + count;
  return data.subarray(at, cursor.at);
}

/** 64 bits, little-endian. More than a JavaScript integer can hold is no size, place or number of anything. */
export function readNumber(cursor: Cursor): number {
  const bytes = readBytes(cursor, 8);
  const high = bytes.readUInt32LE(4);
  if (high > 0x1f_ffff) throw new RangeError(`the number at byte ${cursor.at - 8} is too large`);
  return high * 2 ** 32 + bytes.readUInt32LE(0);
}

/** 32 bits, little-endian: how an enumeration's variant is written. @param variants how many there are */
export function readVariant(cursor: Cursor, variants: number): number {
  const variant = readBytes(cursor, 4).readUInt32LE(0);
  if (variant >= variants) throw new RangeError(`the kind ${variant} at byte ${cursor.at - 4} is unknown`);
  return variant;
}

/** A list with its length before it, in one piece. @param itemBytes of one item; the file bounds what may be claimed */
export function readList(cursor: Cursor, itemBytes: number): Buffer {
  const count = readNumber(cursor);
  if (count > (cursor.data.length - cursor.at) / itemBytes) {
    throw new RangeError(`the list at byte ${cursor.at - 8} claims ${count} items, more than the file holds`);
  }
  return readBytes(cursor, count * itemBytes);
}
