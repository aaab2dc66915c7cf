import iconv from 'iconv-lite'
import { open, type FileHandle } from 'node:fs/promises'
import { crc32, inflateRawSync } from 'node:zlib'
import { getFileNameLowLevel, openPromise, type Entry, type ZipFile } from 'yauzl'
import { everyEnd } from '../../lib/every-end.ts'
import { smallFileBytes, watched, type Budget, type PackageWriter } from './package-writer.ts'
import {
  archiveDamaged,
  archiveEncrypted,
  archiveMethodUnsupported,
  entriesOverlap,
  linkRefused,
  specialFileRefused,
} from './sources.errors.ts'

const utf8Flag = 0x800
const unicodePathField = 0x7075
const madeByUnix = 3
const localHeaderBytes = 30
/** The compression method of an entry that is not compressed. */
const stored = 0
/** How many entries are written at once. */
const atOnce = 8
const fileTypeMask = 0o170000
const fileType = { regular: 0o100000, folder: 0o040000, link: 0o120000 }

/**
 * Decodes an entry's name. UTF-8 by its flag or by Info-ZIP's Unicode path field; else UTF-8 if the bytes are
 * valid; else GBK (as Chinese Windows writes it), decoded as its superset GB 18030.
 */
function decodeZipName(entry: Pick<Entry, 'fileNameRaw' | 'generalPurposeBitFlag' | 'extraFields'>): string {
  const { fileNameRaw, generalPurposeBitFlag, extraFields } = entry
  const unicodeField = extraFields.some((field) => field.id === unicodePathField)
  if (unicodeField) {
    // yauzl uses the field only if its checksum fits the name. Otherwise it decodes the bytes by the flag.
    const name = getFileNameLowLevel(utf8Flag, fileNameRaw, extraFields, true)
    if (!name.includes('\ufffd')) return name
  }
  if ((generalPurposeBitFlag & utf8Flag) !== 0) return fileNameRaw.toString('utf8')
  const utf8 = fileNameRaw.toString('utf8')
  return utf8.includes('\ufffd') ? iconv.decode(fileNameRaw, 'gb18030') : utf8
}

type Kept = { entry: Entry; name: string; path: string }

const nothing = Buffer.alloc(0)

/**
 * Lets go of the fields and the comment of an entry, which are not needed any more. In the memory they may take a hundred times what
 * they take in the file: a field of four bytes is an object here, and one entry may have sixteen thousand.
 */
function withoutFields(entry: Entry): Entry {
  entry.extraFields = []
  entry.extraFieldRaw = nothing
  entry.fileCommentRaw = nothing
  entry.fileComment = ''
  entry.comment = ''
  // The name is a view of the bytes that also hold the fields and the comment, so a copy lets these bytes go.
  entry.fileNameRaw = Buffer.from(entry.fileNameRaw)
  return entry
}

function checkKind(entry: Entry, name: string): 'file' | 'folder' {
  const unixMode = entry.versionMadeBy >>> 8 === madeByUnix ? entry.externalFileAttributes >>> 16 : 0
  const type = unixMode & fileTypeMask
  if (type === fileType.link) throw linkRefused({ entry: name })
  if (type !== 0 && type !== fileType.regular && type !== fileType.folder)
    throw specialFileRefused({ entry: name })
  return type === fileType.folder || /[/\\]$/.test(name) ? 'folder' : 'file'
}

/** Entries that share bytes of the file let a small archive unpack to petabytes. */
function refuseOverlaps(kept: readonly Kept[]): void {
  let end = 0
  const byOffset = kept.toSorted(
    (a, b) => a.entry.relativeOffsetOfLocalHeader - b.entry.relativeOffsetOfLocalHeader,
  )
  for (const { entry, name } of byOffset) {
    if (entry.relativeOffsetOfLocalHeader < end) throw entriesOverlap({ entry: name })
    end =
      entry.relativeOffsetOfLocalHeader + localHeaderBytes + entry.fileNameRaw.length + entry.compressedSize
  }
}

/** Reads the whole directory before anything is written, so that a bad archive is refused first. */
async function plan(zip: ZipFile, writer: PackageWriter): Promise<Kept[]> {
  const kept: Kept[] = []
  for await (const entry of zip.eachEntry()) {
    const name = decodeZipName(entry)
    // Links are common inside what is left out (venv/bin/python), so the path is checked before the kind of
    // entry.
    const path = writer.place(name, /[/\\]$/.test(name) ? 'folder' : 'file')
    if (path === null || checkKind(entry, name) === 'folder') continue
    if (entry.isEncrypted()) throw archiveEncrypted({ entry: name })
    if (!entry.canDecodeFileData())
      throw archiveMethodUnsupported({ entry: name, method: entry.compressionMethod })
    kept.push({ entry: withoutFields(entry), name, path })
  }
  refuseOverlaps(kept)
  return kept
}

const isExecutable = (entry: Entry): boolean | undefined =>
  entry.versionMadeBy >>> 8 === madeByUnix ? ((entry.externalFileAttributes >>> 16) & 0o111) !== 0 : undefined

/** An open archive, and where it is unpacked to. `source` is the same file. */
type Unpacking = { zip: ZipFile; source: FileHandle; writer: PackageWriter; budget: Budget }

const isSmall = ({ compressedSize, uncompressedSize }: Entry) =>
  compressedSize <= smallFileBytes && uncompressedSize <= smallFileBytes

/** Reads a small entry whole: the streams of twenty thousand of them take longer than everything else. */
async function readSmall({ zip, source }: Unpacking, { entry, name }: Kept): Promise<Buffer> {
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
  const packed = Buffer.alloc(entry.compressedSize)
  await source.read(packed, 0, packed.length, fileDataStart)
  const content =
    entry.compressionMethod === stored
      ? packed
      : inflateRawSync(packed, { maxOutputLength: entry.uncompressedSize + 1 })
  if (content.length !== entry.uncompressedSize)
    throw archiveDamaged({ entry: name, reason: `${content.length} B` })
  return content
}

async function writeEntry(unpacking: Unpacking, kept: Kept): Promise<void> {
  const { entry, name, path } = kept
  let checksum = 0
  const see = (chunk: Buffer) => {
    unpacking.budget.spend(chunk.length, name)
    checksum = crc32(chunk, checksum)
  }
  const content = isSmall(entry)
    ? await readSmall(unpacking, kept)
    : watched(see)(await unpacking.zip.openReadStreamPromise(entry))
  if (Buffer.isBuffer(content)) see(content)
  await unpacking.writer.writeFile(path, content, isExecutable(entry))
  if (checksum !== entry.crc32) throw archiveDamaged({ entry: name, reason: 'CRC-32' })
}

/** Writes several entries at once. After a failure, no other begins, and this rejects when the begun ones have ended. */
async function writeEntries(unpacking: Unpacking, entries: readonly Kept[]): Promise<void> {
  // A loop that fails closes it for the other loops.
  const rest = (function* () {
    yield* entries
  })()
  const writing = Array.from({ length: atOnce }, async () => {
    for (const kept of rest) await writeEntry(unpacking, kept)
  })
  await everyEnd(writing)
}

/** Unpacks a zip with the writer. Format: PKWARE's APPNOTE, as yauzl reads it. Names as in {@link decodeZipName}. */
export async function unpackZip(file: string, writer: PackageWriter, budget: Budget): Promise<void> {
  const zip = await openPromise(file, { autoClose: false, decodeStrings: false, validateEntrySizes: true })
  try {
    const entries = await plan(zip, writer)
    const source = await open(file)
    try {
      await writeEntries({ zip, source, writer, budget }, entries)
    } finally {
      await source.close()
    }
  } finally {
    zip.close()
  }
}
