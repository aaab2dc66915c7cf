import { Readable } from 'node:stream'
import { request } from 'undici'
import { z } from 'zod'
import { AppError } from '../../lib/errors.ts'
import { basicOf, fetchWithin, usualWaits, type GiteaWaits } from './gitea-fetch.ts'
import { giteaUnreachable, lfsRefused, notGitea, tokenRefused } from './gitea.errors.ts'

/** How many objects one request asks about, as in git-lfs. */
const atOnce = 100
/** Progress is told each time so many bytes have left. */
const toldEvery = 16 * 1024 ** 2
const lfsType = 'application/vnd.git-lfs+json'

const link = z.object({ href: z.url(), header: z.record(z.string(), z.string()).nullish() })
const batchAnswer = z.object({
  transfer: z.literal('basic').nullish(),
  objects: z.array(
    z.object({
      oid: z.string(),
      actions: z.object({ download: link, upload: link, verify: link }).partial().nullish(),
      error: z.object({ code: z.number(), message: z.string() }).nullish(),
    }),
  ),
})
type Answered = z.output<typeof batchAnswer>['objects'][number]

/** An object of Git LFS. */
type LfsObject = { sha256: string; size: number }

/**
 * The source of an object. Only `home` gets the headers with the credentials of the repository; no other server does.
 */
type LfsSource = {
  url: string
  headers: Record<string, string>
  home: { origin: string; headers: Record<string, string> }
}

/** An object that can be sent. */
type LfsContent = LfsObject & { read: () => Readable }

/** What one request sends to an address of a repository. */
type Sent = { method: 'PUT' | 'POST'; type: string; body: Readable | string; bytes: number }

/** How files are sent: they stop when the signal aborts. */
export type LfsSending = {
  signal?: AbortSignal | undefined
  /** Told how many bytes have left of those that the server lacks. */
  onSent?: ((sent: { bytes: number; of: number }) => void) | undefined
}

/** Tells from time to time how many of some bytes have left, and when all have. */
function counter(of: number, onSent: LfsSending['onSent']) {
  let bytes = 0
  let next = 0
  const tell = () => {
    if (bytes < next && bytes < of) return
    next = bytes + toldEvery
    onSent?.({ bytes, of })
  }
  tell()
  // Nothing is opened before the first read: what ends before that does not run, and could not close it.
  return async function* counted(read: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of read()) {
      bytes += chunk.length
      tell()
      yield chunk
    }
  }
}

/**
 * Git LFS of a repository of a Gitea server: the batch API with basic transfers (git-lfs, docs/api). Only the address
 * that an administrator has configured is used. The `.lfsconfig` of a repository is never read.
 */
export class GiteaLfs {
  readonly #repository: string
  readonly #serverUrl: string
  readonly #folder: string
  readonly #authorization: string
  readonly #waits: GiteaWaits

  /** @param server `repository` is `OWNER/NAME` */
  constructor(
    server: { serverUrl: string; token: string; repository: string },
    waits: GiteaWaits = usualWaits,
  ) {
    this.#waits = waits
    this.#repository = server.repository
    this.#serverUrl = server.serverUrl
    this.#folder = `/${server.repository}.git/info/lfs/`
    this.#authorization = basicOf(server.token)
  }

  #refused(reason: string): AppError {
    return lfsRefused({ repository: this.#repository, reason })
  }

  /**
   * The server may use another host name for itself than the platform does. Its own addresses are converted to the
   * platform's form. Null for addresses of other servers.
   */
  #ownAddress(href: string): string | null {
    const at = href.toLowerCase().lastIndexOf(this.#folder.toLowerCase())
    const rest = href.slice(at + this.#folder.length)
    return at >= 0 && /^[\w/]+$/.test(rest) ? `${this.#serverUrl}${this.#folder}${rest}` : null
  }

  /** Null if Git LFS is turned off there, or there is no such repository. */
  async #batch(
    operation: 'download' | 'upload',
    some: readonly LfsObject[],
    signal?: AbortSignal,
  ): Promise<Answered[] | null> {
    const objects = some.map(({ sha256: oid, size }) => ({ oid, size }))
    const answer = await fetchWithin(this.#waits)(`${this.#serverUrl}${this.#folder}objects/batch`, {
      method: 'POST',
      headers: { authorization: this.#authorization, accept: lfsType, 'content-type': lfsType },
      body: JSON.stringify({ operation, transfers: ['basic'], objects }),
      signal: signal ?? null,
    })
    const { status } = answer
    if (status === 401 || status === 403) throw tokenRefused({ status })
    if (status === 404) return null
    if (status !== 200) throw this.#refused(`HTTP ${status}`)
    const parsed = batchAnswer.safeParse(await answer.json().catch(() => null))
    if (!parsed.success) throw notGitea({}, parsed.error)
    return parsed.data.objects
  }

  /** Asks about objects, in as many requests as necessary. Null if there is no Git LFS. */
  async #ask(
    operation: 'download' | 'upload',
    objects: readonly LfsObject[],
    signal?: AbortSignal,
  ): Promise<Map<string, Answered> | null> {
    const all = new Map<string, Answered>()
    for (let at = 0; at < objects.length; at += atOnce) {
      const some = await this.#batch(operation, objects.slice(at, at + atOnce), signal)
      if (some === null) return null
      for (const one of some) all.set(one.oid, one)
    }
    return all
  }

  /** Sends something to an address of the repository. Throws `gitea.lfs_refused`, `gitea.token_refused` and `gitea.unreachable`. */
  async #send(url: string, { method, type, body, bytes }: Sent, signal?: AbortSignal): Promise<void> {
    const authorization = this.#authorization
    const { silenceMs } = this.#waits
    const headers = { authorization, accept: lfsType, 'content-type': type, 'content-length': String(bytes) }
    try {
      const answer = await request(url, {
        method,
        headers,
        body,
        headersTimeout: silenceMs,
        bodyTimeout: silenceMs,
        signal: signal ?? null,
      })
      const { statusCode: status } = answer
      await answer.body.dump()
      if (status === 401 || status === 403) throw tokenRefused({ status })
      if (status < 200 || status > 299) throw this.#refused(`HTTP ${status}`)
    } catch (error) {
      signal?.throwIfAborted()
      throw error instanceof AppError ? error : giteaUnreachable({}, error)
    }
  }

  /** Whether the server keeps files of Git LFS for the repository: it answers about one that nobody has. */
  async isOn(): Promise<boolean> {
    return (await this.#batch('download', [{ sha256: '0'.repeat(64), size: 1 }])) !== null
  }

  /** What is told where files would be left behind because `locate` gives null. */
  turnedOff(): AppError {
    return this.#refused('HTTP 404')
  }

  /** The sources of those objects that the repository has. Null if there is no Git LFS. */
  async locate(objects: readonly LfsObject[]): Promise<ReadonlyMap<string, LfsSource> | null> {
    const answers = await this.#ask('download', objects)
    if (answers === null) return null
    const authorization = this.#authorization
    const home = { origin: new URL(this.#serverUrl).origin, headers: { authorization } }
    const found = new Map<string, LfsSource>()
    for (const [oid, { actions }] of answers) {
      if (!actions?.download) continue
      const { href, header } = actions.download
      const own = this.#ownAddress(href)
      // Another server has the object. It must not get the credentials of the repository, even if Gitea repeats them
      // here.
      const given = Object.entries(header ?? {}).filter(([, value]) => value !== authorization)
      found.set(oid, { url: own ?? href, headers: own === null ? Object.fromEntries(given) : {}, home })
    }
    return found
  }

  /** Sends an object if the server asks for it. Throws `gitea.lfs_refused`. */
  async #sendOne(
    { sha256, size, read }: LfsContent,
    { actions }: Pick<Answered, 'actions'>,
    { signal, counted }: Pick<LfsSending, 'signal'> & { counted: ReturnType<typeof counter> },
  ): Promise<void> {
    if (!actions?.upload) return
    const { upload, verify } = actions
    const url = this.#ownAddress(upload.href)
    // Files are never sent to a server that no administrator has configured.
    if (url === null) throw this.#refused(`upload to ${upload.href.slice(0, 100)}`)
    const content = Readable.from(counted(read), { objectMode: false })
    const sent = { method: 'PUT', type: 'application/octet-stream', body: content, bytes: size } as const
    await this.#send(url, sent, signal)
    const asked = verify && this.#ownAddress(verify.href)
    const body = JSON.stringify({ oid: sha256, size })
    if (asked)
      await this.#send(asked, { method: 'POST', type: lfsType, body, bytes: Buffer.byteLength(body) }, signal)
  }

  /** What the server says of an object that is to be sent. Throws `gitea.lfs_refused` if it does not take it, or says nothing of it. */
  #accepted({ sha256 }: LfsObject, answers: ReadonlyMap<string, Answered>): Answered {
    const answer = answers.get(sha256)
    if (!answer) throw this.#refused(`no answer for ${sha256}`)
    const { error } = answer
    if (error) throw this.#refused(`${error.code} ${error.message}`.slice(0, 300))
    return answer
  }

  /**
   * Sends objects that the repository does not have yet. Throws `gitea.lfs_refused` if it does not take one of them, which is known before
   * any is sent, and the reason of a signal that aborts.
   */
  async send(objects: readonly LfsContent[], { signal, onSent }: LfsSending = {}): Promise<void> {
    if (objects.length === 0) return
    const answers = await this.#ask('upload', objects, signal)
    if (answers === null) throw this.turnedOff()
    const wanted = objects.map((object) => ({ object, answer: this.#accepted(object, answers) }))
    // What is there already is answered without an upload.
    const lacking = wanted.filter(({ answer }) => answer.actions?.upload)
    const counted = counter(
      lacking.reduce((sum, { object }) => sum + object.size, 0),
      onSent,
    )
    for (const { object, answer } of lacking) {
      signal?.throwIfAborted()
      await this.#sendOne(object, answer, { signal, counted })
    }
  }
}
