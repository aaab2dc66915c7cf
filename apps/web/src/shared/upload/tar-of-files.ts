/** A file, and its path in an archive, with `/` between folders. */
export type PlacedFile = { path: string; file: File }

const blockBytes = 512
/** The largest size that the header's own field can hold, eleven octal digits. */
const largestOctalSize = 8 ** 11 - 1
/** The length of the header's own field for a name, in bytes. */
const nameBytes = 100

const encoder = new TextEncoder()

const padding = (bytes: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array((blockBytes - (bytes % blockBytes)) % blockBytes)

/** A number as octal digits, which fill a field but for the zero byte at its end. */
const octal = (value: number, field: number): string => `${value.toString(8).padStart(field - 1, '0')}\0`

type Header = { name: string; size: number; modified: number; type: '0' | 'x' }

/** One header block of POSIX ustar. `name` fits its field, `modified` is in seconds since the epoch. */
const headerOf = ({ name, size, modified, type }: Header): Uint8Array<ArrayBuffer> => {
  const block = new Uint8Array(blockBytes)
  const put = (text: string, at: number) => block.set(encoder.encode(text), at)
  put(name, 0)
  // A browser does not know who may execute a file. Without any bit, the platform decides by the content.
  put(octal(0, 8), 100)
  put(octal(0, 8), 108)
  put(octal(0, 8), 116)
  put(octal(size, 12), 124)
  put(octal(modified, 12), 136)
  put('        ', 148)
  put(type, 156)
  put('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  put(`${octal(sum, 7)} `, 148)
  return block
}

/** `<length> <key>=<value>\n`, where the length in bytes counts its own digits. */
const paxRecord = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`
  const bytes = encoder.encode(rest).length
  const digits = String(bytes + String(bytes).length).length
  return `${bytes + digits}${rest}`
}

const isPlain = (path: string): boolean => /^[\x20-\x7e]*$/.test(path) && path.length <= nameBytes

/** The values that a ustar header cannot contain: long or non-English paths, and sizes of 8 GiB and more. */
const extensionOf = ({ path, file }: PlacedFile): Uint8Array<ArrayBuffer> => {
  const records = [
    isPlain(path) ? '' : paxRecord('path', path),
    file.size > largestOctalSize ? paxRecord('size', String(file.size)) : '',
  ]
  return encoder.encode(records.join(''))
}

const entryOf = (placed: PlacedFile): BlobPart[] => {
  const { path, file } = placed
  const modified = Math.max(0, Math.floor(file.lastModified / 1000))
  const extension = extensionOf(placed)
  const { length } = extension
  const extended =
    length === 0
      ? []
      : [headerOf({ name: 'extension', size: length, modified, type: 'x' }), extension, padding(length)]
  const size = file.size > largestOctalSize ? 0 : file.size
  const name = isPlain(path) ? path : 'file'
  return [...extended, headerOf({ name, size, modified, type: '0' }), file, padding(file.size)]
}

/**
 * Packs files into one tar archive (POSIX.1-2001, pax interchange format). The archive refers to the files: their
 * content is read only when it is sent, so that it needs no memory, whatever its size. The same files give the same
 * bytes, name and date, by which an interrupted upload is found again.
 */
export const tarOfFiles = (name: string, files: readonly PlacedFile[]): File => {
  const parts = files.flatMap(entryOf)
  const lastModified = files.reduce((newest, { file }) => Math.max(newest, file.lastModified), 0)
  return new File([...parts, new Uint8Array(2 * blockBytes)], name, {
    type: 'application/x-tar',
    lastModified,
  })
}
