import { rmSync } from 'node:fs'
import type { Docker } from '../../docker/docker-client.ts'
import { logFrames } from './log-frames.ts'
import { openKeptLog, type KeptLog } from './kept-log.ts'

/** Writes the log of one instance's containers to its log files. */
export type ContainerLog = {
  /** Follows the log of a container, from where its files end. Does nothing while it does. */
  follow(container: string): void
  /** Reads what a container that has ended printed last. */
  drain(container: string): Promise<void>
  close(): Promise<void>
  /** Forgets how far the files are written. */
  forget(): void
}

type Paths = { stdout: string; stderr: string; cursor: string }

/** Reads the log of a container to its end, or until it is aborted. */
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
  const stream = await docker.getContainer(container).logs(options)
  const frames = logFrames()
  await new Promise<void>((resolve, reject) => {
    stream.on('data', (bytes: Buffer) => {
      try {
        if (!signal.aborted) add(frames(bytes))
      } catch (error) {
        reject(error)
      }
    })
    // The daemon was ended, or we aborted. The next reading goes on from here.
    stream.on('error', () => resolve())
    stream.on('end', () => resolve())
    stream.on('close', () => resolve())
  })
}

/** Follows logs through the daemon. `onError` is told of logs that cannot be written, such as on a full disk. */
export function containerLog(docker: Docker, paths: Paths, onError: (error: unknown) => void): ContainerLog {
  let kept: KeptLog | null = null
  let reading: Promise<void> | null = null
  let controller = new AbortController()

  const isExpected = (error: unknown) =>
    controller.signal.aborted || (error instanceof Error && ('statusCode' in error || 'code' in error))
  function follow(container: string): void {
    if (reading) return
    kept ??= openKeptLog(paths)
    reading = readLog(docker, container, { kept, signal: controller.signal })
      .catch((error: unknown) => {
        if (!isExpected(error)) onError(error)
      })
      .finally(() => (reading = null))
  }
  return {
    follow,
    async drain(container) {
      await reading
      follow(container)
      await reading
    },
    async close() {
      controller.abort()
      await reading
      controller = new AbortController()
      kept?.close()
      kept = null
    },
    forget: () => rmSync(paths.cursor, { force: true }),
  }
}
