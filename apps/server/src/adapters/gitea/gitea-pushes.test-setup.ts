import { mkdir, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** What a stand-in for Gitea takes of pushes, and what came. */
export class StandInPushes {
  /** A request that is larger is answered with 413, as a proxy in front does. */
  mostBytes = Number.POSITIVE_INFINITY
  /** Answers to the next pushes, one each: a status, or null for one that is taken. */
  next: (number | null)[] = []
  /** The message with which Gitea's hook refuses each push. Null if pushes are accepted. */
  declined: string | null = null
  /** Why the repository permits nobody to push, as Gitea answers with 403. Null if it does. */
  forbidden: string | null = null
  /** After how many bytes the connection ends in each of the next answers to git. */
  breaks: number[] = []
  /** The bytes of each request that was taken. */
  readonly taken: number[] = []

  /** Decides about a request. Gives the status of a refusal, or null. Git asks first, with 4 bytes, whether it may. */
  refuse(bytes: number): number | null {
    if (bytes <= 4) return null
    const status = this.next.shift() ?? (bytes > this.mostBytes ? 413 : null)
    if (status === null) this.taken.push(bytes)
    return status
  }

  /** Passes an answer of git on, or only its beginning. */
  async passOn(answer: AsyncIterable<unknown>, response: ServerResponse): Promise<void> {
    const most = this.breaks.shift()
    if (most === undefined) return pipeline(Readable.from(answer, { objectMode: false }), response)
    const chunks: Buffer[] = []
    for await (const chunk of answer) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
    response.write(Buffer.concat(chunks).subarray(0, most), () => response.destroy())
  }

  /** The settings with which git asks Gitea's hook about a push. `folder`: where the hook may be. */
  async hooks(folder: string): Promise<(readonly [string, string])[]> {
    if (this.declined === null) return []
    const own = join(folder, 'declining-hooks')
    await mkdir(own, { recursive: true })
    const lines = [
      '#!/bin/sh',
      ...this.declined.split('\n').map((line) => `echo '${line}' >&2`),
      'exit 1',
      '',
    ]
    await writeFile(join(own, 'pre-receive'), lines.join('\n'), { mode: 0o755 })
    return [['core.hooksPath', own]]
  }
}
