import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { basename, join } from 'node:path'
import { assetNotes } from './asset-notes.ts'
import { digestIn, keptFiles } from './kept-files.ts'
import { Problem } from './problem.ts'
import type { Release } from './release.ts'
import { saveBody } from './saved-body.ts'
import { SharedDownloads } from './shared-downloads.ts'

const idForm = /^[A-Za-z0-9_-]{1,100}$/
const timeoutMs = 60_000

const failed = (id: string, reason: string) =>
  new Problem('media.fetch_failed', { values: { reason: `asset ${id}: ${reason}` } })

/**
 * The result of asking for an asset: the already known file is the asset, or the asset was saved, with its content hash
 * and the extension for its content.
 */
type Asked = { known: string } | { digest: string; extension: string }

/** Saves an asset. Its hash is made while it arrives, because to read gigabytes once more would keep all callers waiting. */
async function save(response: IncomingMessage, path: string, signal: AbortSignal): Promise<Asked> {
  const hash = createHash('sha256')
  response.on('data', (chunk: Buffer) => hash.update(chunk))
  const extension = await saveBody(response, path, signal)
  return { digest: hash.digest('hex'), extension }
}

async function download(
  release: Release,
  id: string,
  { path, known, signal }: { path: string; known: string | null; signal: AbortSignal },
): Promise<Asked> {
  if (!release.platformUrl) throw failed(id, 'VITRINE_PLATFORM_URL is not set')
  const url = `${release.platformUrl.replace(/\/$/, '')}/api/v1/assets/${id}/content?variant=original`
  const headers = {
    ...(release.token && { authorization: `Bearer ${release.token}` }),
    ...(known !== null && { 'if-none-match': `"${digestIn(known)}"` }),
  }
  const { platformSocket: socketPath } = release
  const options = { headers, timeout: timeoutMs, agent: false, signal, ...(socketPath && { socketPath }) }
  const request = get(url, options)
  request.on('timeout', () => request.destroy(new Error('timed out')))
  const [response]: [IncomingMessage] = await once(request, 'response').then(
    ([answer]) => [answer],
    (error: unknown) => {
      signal.throwIfAborted()
      throw failed(id, error instanceof Error ? error.message : String(error))
    },
  )
  // What breaks off later is an error of the request too, and ends the process if nobody listens. The reader of the
  // response reports it.
  request.on('error', (error) => response.destroy(error))
  if (response.statusCode === 200) return save(response, path, signal)
  response.destroy()
  if (response.statusCode === 304 && known !== null) return { known }
  throw response.statusCode === 404
    ? new Problem('media.asset_unknown', { values: { id } })
    : failed(id, `HTTP ${response.statusCode}`)
}

/**
 * Returns a function that gives the local copy of a platform asset. An asset is fetched once with the instance's own
 * token, and kept by content hash. An asset never changes, so its id identifies its content. The platform is asked
 * before each use, so that a copy from another person's run is not given to everybody who knows the id. The function
 * rejects with {@link Problem}, or with the reason of the signal.
 */
export function assetFiles(
  release: Release,
  folder: string,
): (id: string, signal: AbortSignal) => Promise<string> {
  const kept = keptFiles(join(folder, 'assets'))
  const notes = assetNotes(join(folder, 'asset-names'))

  const knownFile = (id: string): string | null => {
    const name = notes.read(id)
    const path = name === null ? null : join(kept.folder, name)
    // Another instance may delete it at any moment.
    return path !== null && kept.touch(path) ? path : null
  }
  const downloads = new SharedDownloads(async (id, signal) => {
    const temporary = notes.temporary()
    try {
      const asked = await download(release, id, { path: temporary, known: knownFile(id), signal })
      if ('known' in asked) return asked.known
      const path = kept.take(temporary, asked.digest, asked.extension)
      notes.write(id, basename(path))
      return path
    } finally {
      rmSync(temporary, { force: true })
    }
  })
  return async (id, signal) => {
    if (!idForm.test(id)) throw new Problem('media.asset_unknown', { values: { id: id.slice(0, 100) } })
    return downloads.get(id, signal)
  }
}
