import { statfs } from 'node:fs/promises'
import { runCommand } from './run-command.ts'

const longestMs = 10 * 60_000

/** The bytes that folders take on their disk; or that they hold too many files to find out within ten minutes. */
export type FolderSize = number | 'too slow'

/** The size of a disk: blocks of `bsize` bytes, and the files that it can have and that it still has room for. */
type Disk = { bsize: number; blocks: number; files: number; ffree: number }

type Options = {
  signal?: AbortSignal
  timeoutMs?: number
  /** What the system says of the disk of a folder. */
  diskOf?: (folder: string) => Promise<Disk>
}

/**
 * The share of a disk that one file takes at least, in bytes. Empty files take no blocks, but most file systems can have only so many
 * files, for everybody together. Counted only when half of them are used: before, nobody lacks any, and counting costs as much as measuring.
 */
const bytesOfFile = ({ bsize, blocks, files, ffree }: Disk): number =>
  files === 0 || ffree > files / 2 ? 0 : Math.floor((bsize * blocks) / files)

/** Runs `du` for folders. Returns the number that it prints for each; a missing folder is left out. */
async function askDu(
  options: readonly string[],
  folders: readonly string[],
  { signal, timeoutMs = longestMs }: Options,
): Promise<ReadonlyMap<string, number> | 'too slow'> {
  const result = await runCommand(
    {
      file: 'du',
      args: [...options, '--', ...folders],
      cwd: '/',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    },
    { timeoutMs, ...(signal && { signal }) },
  )
  if (result.ended === 'timeout') return 'too slow'
  // One that was killed has not looked at all of them.
  const why = result.startError ?? result.ended ?? result.signal
  if (why !== null) throw new Error(`du ${folders.join(' ')}: ${why}`)
  const found = result.stdout.map((line) => /^(\d+)\t(.*)$/.exec(line))
  return new Map(found.flatMap((parts) => (parts?.[2] ? [[parts[2], Number(parts[1])]] : [])))
}

/**
 * The bytes that each of these folders, all on one disk, takes there, without other file systems below it. A missing folder is left out.
 * Where the disk begins to lack files, each counts as its share of the disk at least. A file with names in two of the folders counts for the
 * first one. Follows no link and only reads, so root may use it on what another account writes to: that account cannot hide a folder by
 * closing it to itself. As an ordinary user, what that user may not read is not counted. Rejects if `signal` ends it.
 */
export async function folderSizes(
  folders: readonly string[],
  options: Options = {},
): Promise<ReadonlyMap<string, number> | 'too slow'> {
  const kibibytes = await askDu(['-skx'], folders, options)
  if (kibibytes === 'too slow') return kibibytes
  const sizes = new Map([...kibibytes].map(([folder, count]) => [folder, count * 1024]))
  const [first] = sizes.keys()
  if (first === undefined) return sizes
  const share = bytesOfFile(await (options.diskOf ?? statfs)(first))
  if (share === 0) return sizes
  const files = await askDu(['-sx', '--inodes'], folders, options)
  if (files === 'too slow') return files
  return new Map(
    [...sizes].map(([folder, bytes]) => [folder, Math.max(bytes, (files.get(folder) ?? 0) * share)]),
  )
}

/** The bytes that folders take together, as `folderSizes` finds them. */
export async function folderBytes(folders: readonly string[], options: Options = {}): Promise<FolderSize> {
  const sizes = await folderSizes(folders, options)
  return sizes === 'too slow' ? sizes : [...sizes.values()].reduce((sum, size) => sum + size, 0)
}
