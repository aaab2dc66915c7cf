import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { createPackageWriter } from './package-writer.ts'
import { unpackArchive } from './unpack-archive.ts'
import { defaultUploadLimits, type UploadLimits } from './upload-limits.ts'

/** A folder to unpack archives into, and functions that read the result. */
export async function openUnpackingWorld() {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-unpack-'))
  const content = join(folder, 'content')
  await mkdir(content)
  return {
    content,
    async unpack(bytes: Buffer, limits: Partial<UploadLimits> = {}) {
      const file = join(folder, 'archive')
      await writeFile(file, bytes)
      const all = { ...defaultUploadLimits, ...limits }
      const writer = createPackageWriter(content, all)
      await unpackArchive(file, { name: 'package', writer, limits: all })
      return writer
    },
    /** Paths of all files, sorted. */
    unpacked: async () =>
      (await readdir(content, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(content.length + 1))
        .toSorted(),
    contentOf: (path: string) => readFile(join(content, path), 'utf8'),
    async empty() {
      await rm(content, { recursive: true })
      await mkdir(content)
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

/** An entry to write into a tar. `pax`: attributes for a header before it. */
export type TarEntry = {
  name: string
  pax?: Record<string, string>
  content?: string | Buffer
  type?: 'symlink' | 'link' | 'fifo' | 'character-device'
  mode?: number
}

/** The bytes of a tar with these entries. */
export async function tarFile(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack()
  for (const { content, ...header } of entries) {
    const linkname = header.type ? { linkname: 'target' } : {}
    tar.entry({ ...header, ...linkname }, header.type ? '' : (content ?? ''))
  }
  tar.finalize()
  return buffer(tar)
}

function writeChecksum(header: Buffer): void {
  header.write(' '.repeat(8), 148)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
}

/** A header with attributes, of the next entry (`x`) or of all later ones (`g`), to stand somewhere in a tar. */
export async function paxHeader(type: 'g' | 'x', attributes: Record<string, string>): Promise<Buffer> {
  const tar = await tarFile([{ name: 'x', pax: attributes }])
  // Without the entry, which is one block, and the two blocks at the end.
  const blocks = Buffer.from(tar.subarray(0, -3 * 512))
  blocks.write(type, 156)
  writeChecksum(blocks.subarray(0, 512))
  return blocks
}

/** The same tar with no bit of any mode, as a browser makes it. tar-stream cannot write such a mode itself. */
export function withoutModes(tar: Buffer): Buffer {
  const bare = Buffer.from(tar)
  for (let at = bare.indexOf('ustar'); at >= 0; at = bare.indexOf('ustar', at + 1)) {
    const header = bare.subarray(at - 257, at + 255)
    header.write('0000000\0', 100)
    writeChecksum(header)
  }
  return bare
}
