import { rmSync } from 'node:fs'
import { Readable } from 'node:stream'
import { conflict, dockerStatus, notFound, type Docker } from '../../docker/docker-client.ts'
import { logFrames } from './log-frames.ts'
import { openKeptLog, type KeptLog } from '../kept-log.ts'

/** Writes the log of one instance's containers to its log files. */
export type ContainerLog = {
  /**
   * Follows the log of a container from the end of its log files. If another reading is in progress, it begins after
   * that.
   */
  follow(container: string): void
  /**
   * Reads what a container that has ended printed last. Gives up after `timeoutMs`, because a daemon may freeze, and reports that.
   */
  drain(container: string, timeoutMs: number): Promise<void>
  close(): Promise<void>
  /** Forgets how far the files are written. */
  forget(): void
}

type Paths = { stdout: string; stderr: string; cursor: string }

/** The pause before a log that could not be written, for example on a full disk, is read again, in milliseconds. */
const retryMs = 5_000

/** Reads the log of a container to its end, or until it is aborted. Rejects if it cannot be written. */
async function readLog(
  docker: Docker,
  container: string,
  { kept, signal }: { kept: KeptLog; signal: AbortSignal },
): Promise<void> {
  const { since, add } = kept.resume(container)
  const options = {
    stdout: true,
    stderr: true,
    timestamps: true,
    follow: true,
    since,
    abortSignal: signal,
  } as const
  const stream = await docker
    .getContainer(container)
    .logs(options)
    .catch((error: unknown) => {
      const status = dockerStatus(error)
      // The daemon is gone, or we aborted, or the container is gone or about to go.
      if (status === null || status === notFound || status === conflict) return null
      throw error
    })
  if (stream === null) return
  const frames = logFrames()
  await new Promise<void>((resolve, reject) => {
    stream.on('data', (bytes: Buffer) => {
      try {
        if (!signal.aborted) add(frames(bytes))
      } catch (error) {
        reject(error)
        // Otherwise it would keep writing while the next reading runs.
        if (stream instanceof Readable) stream.destroy()
      }
    })
    // The daemon has ended, or we aborted. The next reading continues from here.
    stream.on('error', () => resolve())
    stream.on('end', () => resolve())
    stream.on('close', () => resolve())
  })
}

/** Follows logs through the daemon. `onError` is called for logs that cannot be written, for example on a full disk. */
export function containerLog(docker: Docker, paths: Paths, onError: (error: unknown) => void): ContainerLog {
  let kept: KeptLog | null = null
  let reading: Promise<void> | null = null
  /** The container whose log was requested while a former life is still being read. */
  let next: string | null = null
  let retry: NodeJS.Timeout | undefined
  let controller = new AbortController()

  async function read(container: string, signal: AbortSignal): Promise<void> {
    try {
      kept ??= openKeptLog(paths)
      await readLog(docker, container, { kept, signal })
    } catch (error) {
      onError(error)
      retry = setTimeout(() => follow(container), retryMs)
      retry.unref()
    }
  }
  function follow(container: string): void {
    if (reading) {
      next = container
      return
    }
    clearTimeout(retry)
    const { signal } = controller
    reading = read(container, signal).finally(() => {
      reading = null
      const following = next
      next = null
      if (following === null || signal.aborted) return
      clearTimeout(retry)
      follow(following)
    })
  }
  /** Waits until nothing is read. */
  async function ended(): Promise<void> {
    while (reading) await reading
  }
  return {
    follow,
    async drain(container, timeoutMs) {
      follow(container)
      const timer = setTimeout(() => {
        onError(new Error(`the log of container ${container} could not be read to its end`))
        controller.abort()
        controller = new AbortController()
      }, timeoutMs)
      await ended()
      clearTimeout(timer)
    },
    async close() {
      controller.abort()
      await ended()
      clearTimeout(retry)
      controller = new AbortController()
      kept?.close()
      kept = null
    },
    forget: () => rmSync(paths.cursor, { force: true }),
  }
}
