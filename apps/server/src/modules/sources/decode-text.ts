import iconv from 'iconv-lite'

/** The text of a file, and how to write another text into it. */
export type DecodedText = { text: string; encode: (text: string) => Buffer }

const marks: { encoding: string; bytes: number[] }[] = [
  { encoding: 'utf8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf16be', bytes: [0xfe, 0xff] },
]

/** The text of a file. A text in UTF-8 keeps its byte order mark, so that offsets in it are those in the file. */
export const textOf = (bytes: Buffer): string =>
  bytes[0] === 0xef ? bytes.toString('utf8') : decodeText(bytes).text

/**
 * Decodes a text file. Its byte order mark says that it is UTF-16, as PowerShell writes it (`pip freeze > …`); without
 * one it is UTF-8.
 */
export function decodeText(bytes: Buffer): DecodedText {
  const mark = marks.find((one) => one.bytes.every((byte, at) => bytes[at] === byte))
  const encoding = mark?.encoding ?? 'utf8'
  return {
    text: iconv.decode(bytes, encoding, { stripBOM: true }),
    encode: (text) => iconv.encode(text, encoding, { addBOM: mark !== undefined }),
  }
}
