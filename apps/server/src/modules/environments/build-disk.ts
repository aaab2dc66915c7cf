import type { FolderSize } from '../../lib/folder-sizes.ts'
import type { Words } from '../../lib/words.ts'
import { environmentFailed } from './environments.errors.ts'
import { withinBytes, type DiskBound } from '../../lib/within-bytes.ts'

/** What the folder of a build may take on the disk, and how that is found out. */
export type BuildDisk = Pick<DiskBound, 'limitBytes' | 'wait'> & {
  measure: (folder: string, signal: AbortSignal) => Promise<FolderSize>
}

const mebibytes = (bytes: number) => Math.round(bytes / 1024 ** 2).toLocaleString('en')

/** Why a build was ended that took too much of the disk. */
export const tooMuchDiskWords = (limitBytes: number): Words => ({
  zh: `它占用的磁盘超过上限 ${mebibytes(limitBytes)} MB，已经停止（磁盘可存的文件数已用去一半时，每个文件至少按其平均份额计）。请减少依赖，或请管理员提高上限（VITRINE_CEILING_BUILD_DISK_MB）`,
  en: `It took more of the disk than the ceiling of ${mebibytes(limitBytes)} MB and was ended (where half of the files that the disk can have are used, each counts as its share of the disk at least). Need less, or ask an administrator for a higher ceiling (VITRINE_CEILING_BUILD_DISK_MB)`,
})

/** The build is to blame: it will not take less at the next attempt. */
export const tooMuchDisk = (limitBytes: number) =>
  environmentFailed({ command: 'du', cause: tooMuchDiskWords(limitBytes), lines: [], may_pass: false })

/** Does the work of a build within what its folder may take. Rejects with `deploy.environment_failed` when that is too much. */
export const withinDisk = (
  { measure, ...bound }: BuildDisk,
  folder: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> =>
  withinBytes(
    { ...bound, measure: (stopped) => measure(folder, stopped), tooMuch: tooMuchDisk },
    signal,
    work,
  )
