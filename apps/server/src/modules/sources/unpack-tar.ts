import { createReadStream } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract, type Extract } from 'tar-stream'
import { AppError } from '../../lib/errors.ts'
import { smallFileBytes, watched, type Budget, type PackageWriter } from './package-writer.ts'
import { archiveDamaged, linkRefused, specialFileRefused } from './sources.errors.ts'

const blockBytes = 512
// The types of tar-stream lack its option for archives older than POSIX, which have no magic word in the
// header.
const readerOptions = { allowUnknownFormat: true, highWaterMark: 64 * 1024 }

type Entry = Extract extends AsyncIterable<infer Item> ? Item : never

async function* bytesOf(entry: Entry): AsyncGenerator<Uint8Array> {
  for await (const chunk of entry) if (chunk instanceof Uint8Array) yield chunk
}

async function writeEntry(entry: Entry, writer: PackageWriter): Promise<void> {
  const { name, type, mode, size } = entry.header
  const folder = type === 'directory'
  const path = writer.place(name, folder ? 'folder' : 'file')
  if (path === null || folder) {
    entry.resume()
    return
  }
  if (type === 'symlink' || type === 'link') throw linkRefused({ entry: name })
  if (type !== 'file' && type !== 'contiguous-file') throw specialFileRefused({ entry: name })
  // Without any bit, who packed it did not know who may execute it: a browser does not. Then the content decides.
  const executable = mode ? (mode & 0o111) !== 0 : undefined
  const isSmall = (size ?? Infinity) <= smallFileBytes
  const content = isSmall ? await buffer(bytesOf(entry)) : bytesOf(entry)
  await writer.writeFile(path, content, executable)
}

async function writeEntries(tar: Extract, writer: PackageWriter, onEntry: (name: string) => void) {
  for await (const entry of tar) {
    onEntry(entry.header.name)
    await writeEntry(entry, writer)
  }
}

/** A tar ends with zero blocks. Without this check, one that was cut between two files would look complete. */
function createEndCheck() {
  let tail = Buffer.alloc(0)
  return {
    see(chunk: Buffer) {
      tail = Buffer.concat([
        tail.subarray(Math.max(0, tail.length - blockBytes)),
        chunk.subarray(-blockBytes),
      ])
    },
    isWhole: () => tail.length >= blockBytes && tail.subarray(-blockBytes).every((byte) => byte === 0),
  }
}

/** What a long name or the attributes of one entry may take, in bytes. Those that people have take some hundred. */
const mostHeaderBytes = 256 * 1024
/** How many such headers an entry may have. The formats know four: a name and a target of GNU, attributes of pax, and global ones. */
const mostHeaders = 16

/**
 * Bounds the headers that stand before entries: long names of GNU, and attributes of pax. Nobody counts them otherwise, and tar-stream
 * adds what a global header says to each later one, however large it is. Global ones are forgotten, because they say nothing that is
 * used here. What remains is work in proportion to the bytes.
 *
 * Replaces a method of tar-stream that is not in its documentation. Its version is pinned.
 */
function boundHeaders(tar: Extract): void {
  const method = '_decodeLongHeader'
  const decode: unknown = Reflect.get(tar, method)
  if (typeof decode !== 'function') throw new Error(`tar-stream has no ${method} any more`)
  let headers = 0
  const value = (bytes: Uint8Array) => {
    headers += 1
    if (headers > mostHeaders) throw new Error('too many headers for one entry')
    if (bytes.length > mostHeaderBytes) throw new Error(`a header of ${bytes.length} bytes`)
    Reflect.apply(decode, tar, [bytes])
    Reflect.set(tar, '_paxGlobal', null)
  }
  Object.defineProperty(tar, method, { value })
  tar.on('entry', () => (headers = 0))
}

/**
 * Unpacks a tar, gzipped or not, with the writer. Formats: POSIX ustar and pax, GNU and v7, as tar-stream
 * reads them.
 */
export async function unpackTar(
  file: string,
  options: { gzip: boolean; writer: PackageWriter; budget: Budget },
): Promise<void> {
  const tar = extract(readerOptions)
  boundHeaders(tar)
  const end = createEndCheck()
  let current = ''
  const count = watched((chunk) => {
    options.budget.spend(chunk.length, current)
    end.see(chunk)
  })
  const source = createReadStream(file)
  const feeding = options.gzip ? pipeline(source, createGunzip(), count, tar) : pipeline(source, count, tar)
  const [fed, written] = await Promise.allSettled([
    feeding,
    writeEntries(tar, options.writer, (name) => (current = name)),
  ])
  // A failure of one side makes the other fail too. Our own error is the cause if there is one, else that of
  // the feeding side.
  const reasons = [fed, written].flatMap((side) => (side.status === 'rejected' ? [side.reason] : []))
  const cause = reasons.find((reason) => reason instanceof AppError) ?? reasons[0]
  if (cause) throw cause
  if (!end.isWhole()) throw archiveDamaged({ entry: current || null, reason: 'unexpected end of data' })
}
