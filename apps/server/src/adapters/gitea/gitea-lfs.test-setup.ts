import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'

const asked = z.object({
  operation: z.enum(['download', 'upload']),
  transfers: z.array(z.string()).refine((names) => names.includes('basic')),
  objects: z.array(z.object({ oid: z.string(), size: z.number().int() })),
})
const lfsType = 'application/vnd.git-lfs+json'
export const digestOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** Git LFS of the stand-in for Gitea, as its own handlers answer (services/lfs/server.go). */
export class StandInLfs {
  /** The objects of each repository, by their digests. */
  readonly #objects = new Map<string, Map<string, Buffer>>()
  /** What was asked, as `METHOD path`. */
  readonly asked: string[] = []
  /** Whether it is turned on (`LFS_START_SERVER`). */
  isOn = true
  /** How the server calls itself (`ROOT_URL`). */
  rootUrl = ''
  /** Where it says that objects are, in place of itself. */
  elsewhere: string | null = null
  /** Where a GET of an object leads on to. */
  redirect: string | null = null
  /** Breaks off the next download after this many bytes. */
  breakAfter: number | null = null
  /** What every download brings in place of the object. */
  damaged: Buffer | null = null
  /** Leaves all objects out of its answers. */
  leavesOut = false
  /** Called when the first bytes of an upload have come. Then nothing more is read of it, and it is never answered. */
  onStalled: (() => void) | null = null
  /** The largest object that it takes, in bytes. */
  mostBytes = Number.MAX_SAFE_INTEGER

  /** What a repository has. */
  of(name: string): Map<string, Buffer> {
    const known = this.#objects.get(name) ?? new Map<string, Buffer>()
    this.#objects.set(name, known)
    return known
  }

  /** Puts an object into a repository, and returns its pointer. */
  add(name: string, content: Buffer): string {
    this.of(name).set(digestOf(content), content)
    return pointerTo(content)
  }

  async serve(
    { request, response }: { request: IncomingMessage; response: ServerResponse },
    { owner, name, path }: { owner: string; name: string; path: string },
  ): Promise<void> {
    this.asked.push(`${request.method} ${path}`)
    // The Git LFS client continues without locks.
    if (!this.isOn || path.startsWith('locks')) return void response.writeHead(404).end()
    const [, oid = '', size] = /^objects\/([0-9a-f]{64})(?:\/(\d+))?$/.exec(path) ?? []
    if (request.method === 'GET' && oid !== '') return this.#send({ request, response }, name, oid)
    const { onStalled } = this
    if (request.method === 'PUT' && onStalled)
      return void request.once('data', () => {
        request.pause()
        onStalled()
      })
    const content = await buffer(request)
    if (request.method === 'PUT' && oid !== '') {
      const isRight = digestOf(content) === oid && String(content.length) === size
      if (isRight) this.of(name).set(oid, content)
      return void response.writeHead(isRight ? 200 : 422).end()
    }
    if (request.headers.accept !== lfsType) return void response.writeHead(415).end()
    if (path === 'verify') return void response.writeHead(200).end()
    const folder = this.elsewhere ?? `${this.rootUrl}/${owner}/${name}.git/info/lfs`
    const { operation, objects } = asked.parse(JSON.parse(content.toString()))
    const header = { Authorization: request.headers.authorization }
    const answered = (this.leavesOut ? [] : objects).map((one) =>
      this.#answered(one, { name, folder, isUpload: operation === 'upload', header }),
    )
    response.writeHead(200, { 'content-type': lfsType }).end(JSON.stringify({ objects: answered }))
  }

  #answered(
    one: { oid: string; size: number },
    {
      name,
      folder,
      isUpload,
      header,
    }: { name: string; folder: string; isUpload: boolean; header: { Authorization: string | undefined } },
  ) {
    const known = this.of(name).get(one.oid)
    const href = `${folder}/objects/${one.oid}`
    if (known && known.length !== one.size)
      return { ...one, error: { code: 422, message: `Object ${one.oid} is not ${one.size} bytes` } }
    if (!isUpload)
      return known
        ? { ...one, actions: { download: { href, header } } }
        : { ...one, error: { code: 404, message: 'Not Found' } }
    if (one.size > this.mostBytes)
      return { ...one, error: { code: 422, message: `Size must be less than or equal to ${this.mostBytes}` } }
    if (known) return { ...one, actions: {} }
    const verify = { href: `${folder}/verify`, header: { ...header, Accept: lfsType } }
    return { ...one, actions: { upload: { href: `${href}/${one.size}`, header }, verify } }
  }

  #send(
    { request, response }: { request: IncomingMessage; response: ServerResponse },
    name: string,
    oid: string,
  ): void {
    if (this.redirect !== null) return void response.writeHead(302, { location: this.redirect }).end()
    const content = this.damaged ?? this.of(name).get(oid)
    if (!content) return void response.writeHead(404).end()
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const rest = content.subarray(start)
    const range = { 'content-range': `bytes ${start}-${content.length - 1}/${rest.length}` }
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': rest.length, ...(start > 0 && range) })
    const { breakAfter } = this
    this.breakAfter = null
    if (breakAfter === null) response.end(rest)
    else response.write(rest.subarray(0, breakAfter), () => response.destroy())
  }
}

/** The text that stands for a file in a repository. */
export const pointerTo = (content: Buffer): string =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${digestOf(content)}\nsize ${content.length}\n`
