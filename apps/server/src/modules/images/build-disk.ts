import type { BuildEnd, ImageDaemon } from '../../adapters/docker/image-daemon.ts'
import { tooMuchDiskWords } from '../environments/build-disk.ts'
import { withinBytes, type DiskBound } from '../../lib/within-bytes.ts'
import type { ImageWaiter } from './build-report.ts'
import { imageFailed } from './images.errors.ts'

/** What the commands of a build may write together. */
export type ImageDisk = Pick<DiskBound, 'limitBytes' | 'wait'>

type Bounded = {
  daemon: Pick<ImageDaemon, 'writtenBy'>
  disk: ImageDisk
  waiter: Pick<ImageWaiter, 'signal' | 'log'>
  /** The step that runs now, and its last lines. */
  last: () => { step: string | null; lines: string[] }
}

/**
 * Does the work of a build while Docker is asked again and again how much its commands have written: its builder has no limit of the disk. When
 * that is too much, the signal that the work gets is aborted, and this rejects with `deploy.image_failed`. What a command wrote stays counted
 * when it has ended, because its layer stays. If Docker cannot say how much it is, the log says so, and the build goes on.
 */
export function withinDiskOfImage(
  { daemon, disk, waiter, last }: Bounded,
  work: (build: { signal: AbortSignal; onContainer: (id: string) => void }) => Promise<BuildEnd>,
): Promise<BuildEnd> {
  const written = new Map<string, number>()
  let running: string | null = null
  let isTold = false

  async function measure(): Promise<number> {
    const id = running
    try {
      const now = id === null ? null : await daemon.writtenBy(id)
      if (id !== null && now !== null) written.set(id, now)
    } catch (error) {
      if (!isTold) waiter.log(`How much this build writes is not known: ${String(error)}`)
      isTold = true
    }
    return [...written.values()].reduce((sum, bytes) => sum + bytes, 0)
  }

  const tooMuch = (limitBytes: number) =>
    imageFailed({ ...last(), cause: tooMuchDiskWords(limitBytes), may_pass: false })
  return withinBytes({ ...disk, measure, tooMuch }, waiter.signal, (signal) =>
    work({ signal, onContainer: (id) => (running = id) }),
  )
}
