import {
  accessLogsKept,
  keptBodiesFolder,
  loggedPath,
  type AccessLogLine,
  type KeptBodies,
} from '@vitrine/contract'
import { open, rename, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ifThere } from './if-there.ts'
import { KeptFiles } from './kept-files.ts'
import { withoutOrigin } from './request-target.ts'

const flushMs = 100
const flushLines = 512
const mostLinesWaiting = 100_000
/** The size in bytes at which the log is rotated, unless the command line gives another one. */
export const usualLogBytes = 64 * 1024 * 1024

/**
 * The access log: JSON lines, written in batches outside the request path. When the file exceeds `maxBytes`
 * it is renamed to `<path>.1`, the former `<path>.1` to `<path>.2`, and so on up to {@link accessLogsKept}. If another program
 * moves the file, a new one is started.
 */
export class AccessLog {
  readonly #path: string
  readonly #maxBytes: number
  readonly #report: (message: string) => void
  readonly #kept: KeptFiles
  readonly #open: typeof open
  #lines: string[] = []
  #dropped = 0
  #timer: NodeJS.Timeout | null = null
  #file: FileHandle | null = null
  #bytes = 0
  #writing: Promise<void> = Promise.resolve()
  /** What failed last. It is told once, and not ten times a second. */
  #problem: string | null = null

  constructor(
    path: string,
    options: { maxBytes: number; report: (message: string) => void; openFile?: typeof open },
  ) {
    this.#path = path
    this.#maxBytes = options.maxBytes
    this.#report = options.report
    this.#open = options.openFile ?? open
    this.#kept = new KeptFiles(join(dirname(path), keptBodiesFolder))
  }

  /** Adds a line, and the request and response bodies if they are kept. They are written within a tenth of a second. */
  add(line: AccessLogLine, bodies?: KeptBodies): void {
    // If the disk accepts no more, lines must not fill the memory. Lines beyond this number are counted and
    // dropped.
    if (this.#lines.length >= mostLinesWaiting) {
      this.#dropped++
      return
    }
    const kept = bodies && this.#kept.add(bodies)
    const asked = withoutOrigin(line.path)
    // Paths of services are logged as they are. The platform's own paths may contain the token of a share link, which
    // is hidden.
    const path = line.service_id === null ? loggedPath(asked) : asked
    this.#lines.push(JSON.stringify({ ...line, path, ...(kept !== undefined && { kept }) }))
    if (this.#lines.length >= flushLines) void this.flush()
    else this.#timer ??= setTimeout(() => void this.flush(), flushMs)
  }

  /** Resolves when all lines added so far are written. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    return this.#inTurn(() => this.#write())
  }

  /** Writes the lines added so far, and closes the file. */
  async close(): Promise<void> {
    await this.flush()
    await this.reopen()
  }

  /** Closes the file. The next line opens it again by name. */
  reopen(): Promise<void> {
    return this.#inTurn(() => this.#close())
  }

  /** Does work on the file after what came before, whether that has failed or not. Never rejects. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(work)
    return this.#writing
  }

  /** Reports a problem unless it is the one that was reported last. Null if all went well. */
  #tell(problem: string | null): void {
    if (problem !== null && problem !== this.#problem) this.#report(problem)
    this.#problem = problem
  }

  async #write(): Promise<void> {
    const lines = this.#lines
    if (lines.length === 0) return
    this.#lines = []
    // Bodies are written before the lines that name their files, so that a reader of a line finds the file.
    const unkept = await this.#kept.write()
    this.#tell((await this.#append(lines)) ?? unkept)
  }

  /** Appends lines to the file. Resolves with the problem if that fails. */
  async #append(lines: readonly string[]): Promise<string | null> {
    try {
      const file = await this.#current()
      const text = Buffer.from(`${lines.join('\n')}\n`)
      await file.appendFile(text)
      this.#bytes += text.length
      if (this.#dropped > 0) this.#report(`${this.#dropped} access log lines were dropped`)
      this.#dropped = 0
    } catch (error) {
      this.#dropped += lines.length
      await this.#close()
      return `the access log cannot be written: ${String(error)}`
    }
    try {
      if (this.#bytes >= this.#maxBytes) await this.#rotate()
      return null
    } catch (error) {
      await this.#close()
      return `the access log cannot be moved: ${String(error)}`
    }
  }

  async #current(): Promise<FileHandle> {
    if (this.#file && (await this.#wasMoved(this.#file))) await this.#close()
    if (!this.#file) {
      this.#file = await this.#open(this.#path, 'a+', 0o640)
      this.#bytes = (await this.#file.stat()).size
      await this.#endLastLine(this.#file)
    }
    return this.#file
  }

  /**
   * A process that was killed while writing left an incomplete line. The next line must not become part of
   * it.
   */
  async #endLastLine(file: FileHandle): Promise<void> {
    if (this.#bytes === 0) return
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, this.#bytes - 1)
    if (buffer.toString() === '\n') return
    await file.appendFile('\n')
    this.#bytes++
  }

  async #wasMoved(file: FileHandle): Promise<boolean> {
    const ours = await file.stat()
    const named = await ifThere(stat(this.#path))
    return named?.ino !== ours.ino || named.dev !== ours.dev
  }

  async #rotate(): Promise<void> {
    for (let number = accessLogsKept - 1; number > 0; number--)
      await ifThere(rename(`${this.#path}.${number}`, `${this.#path}.${number + 1}`))
    await rename(this.#path, `${this.#path}.1`)
    await this.#close()
  }

  async #close(): Promise<void> {
    const file = this.#file
    this.#file = null
    // Some file systems report only here that something could not be written. Nothing more can be done about that.
    await file
      ?.close()
      .catch((error: unknown) => this.#report(`the access log cannot be closed: ${String(error)}`))
  }
}
