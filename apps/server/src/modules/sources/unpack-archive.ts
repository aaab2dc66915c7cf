import { open, stat } from 'node:fs/promises'
import { AppError } from '../../lib/errors.ts'
import { createBudget, type PackageWriter } from './package-writer.ts'
import { archiveDamaged, archiveUnknown } from './sources.errors.ts'
import { unpackTar } from './unpack-tar.ts'
import { unpackZip } from './unpack-zip.ts'
import type { UploadLimits } from './upload-limits.ts'

/** The format of an archive, from its first bytes. */
type ArchiveFormat = 'zip' | 'tar' | 'gzip'

const tarChecksumAt = 148
const tarHeaderBytes = 512

/** Whether a block is a tar header: its checksum field (octal, counted as spaces) equals the sum of its bytes. */
function isTarHeader(block: Buffer): boolean {
  if (block.length < tarHeaderBytes) return false
  const field = block.toString('latin1', tarChecksumAt, tarChecksumAt + 8)
  const stated = Number.parseInt(field.replaceAll('\0', ' ').trim(), 8)
  const sum = block.reduce(
    (total, byte, at) => total + (at >= tarChecksumAt && at < tarChecksumAt + 8 ? 0x20 : byte),
    0,
  )
  return stated === sum
}

/** The format of an archive from its first 512 bytes, or null. Its name and declared type do not count. */
function archiveFormatOf(head: Buffer): ArchiveFormat | null {
  const signature = head.toString('latin1', 0, 4)
  if (signature === 'PK\x03\x04' || signature === 'PK\x05\x06') return 'zip'
  if (signature.startsWith('\x1f\x8b')) return 'gzip'
  return isTarHeader(head) ? 'tar' : null
}

async function headOf(file: string): Promise<Buffer> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(tarHeaderBytes), 0, tarHeaderBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

const isOfTheSystem = (error: unknown) => error instanceof Error && 'syscall' in error

/**
 * Unpacks a zip, tar or tar.gz into the writer's folder. `name` is only for messages. Throws `upload.…`
 * errors; the caller must then remove what was written.
 */
export async function unpackArchive(
  file: string,
  options: { name: string; writer: PackageWriter; limits: UploadLimits },
): Promise<void> {
  const { writer, limits } = options
  const format = archiveFormatOf(await headOf(file))
  if (!format) throw archiveUnknown({ name: options.name })
  const budget = createBudget(limits, (await stat(file)).size)
  try {
    if (format === 'zip') await unpackZip(file, writer, budget)
    else await unpackTar(file, { gzip: format === 'gzip', writer, budget })
  } catch (error) {
    if (error instanceof AppError || isOfTheSystem(error) || !(error instanceof Error)) throw error
    throw archiveDamaged({ entry: null, reason: error.message }, error)
  }
}
