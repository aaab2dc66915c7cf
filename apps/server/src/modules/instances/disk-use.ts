import { folderSizes, type FolderSize } from '../../lib/folder-sizes.ts'
import { readProcessTable, rootsAbove } from '../../lib/procfs/process-table.ts'
import { unlinkedBytes } from '../../lib/unlinked-files.ts'

/** Where a service writes: its folders, and the main processes of its instances. */
type Writes = { id: string; folders: readonly string[]; pids: readonly number[] }

const sumOf = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0)

/**
 * The bytes that each service takes on the disk: its folders, and the deleted files on the file system of `disk` that its
 * processes and all that descend from them still hold. `too slow` if that is not found out in time. A few programs look at
 * all services together, because starting them costs more than looking at a small one.
 */
export async function diskUse(
  services: readonly Writes[],
  disk: string,
  options: { signal: AbortSignal; timeoutMs: number },
): Promise<ReadonlyMap<string, FolderSize>> {
  const tooSlow = new Map(services.map(({ id }) => [id, 'too slow'] as const))
  const named = await folderSizes(
    services.flatMap(({ folders }) => folders),
    options,
  )
  if (named === 'too slow') return tooSlow
  const roots = rootsAbove(await readProcessTable(), new Set(services.flatMap(({ pids }) => pids)))
  const treeOf = new Map<number, number[]>()
  for (const [pid, root] of roots) {
    const tree = treeOf.get(root) ?? []
    // A tree may have as many processes as the machine.
    tree.push(pid)
    treeOf.set(root, tree)
  }
  const trees = services.map(({ pids }) => pids.flatMap((root) => treeOf.get(root) ?? []))
  const unlinked = await unlinkedBytes(trees, disk, options)
  if (unlinked === 'too slow') return tooSlow
  const inFolders = ({ folders }: Writes) => sumOf(folders.map((folder) => named.get(folder) ?? 0))
  return new Map(services.map((one, index) => [one.id, inFolders(one) + (unlinked[index] ?? 0)]))
}
