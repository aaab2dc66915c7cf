import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { basename, join } from 'node:path'
import { keptFiles, type KeptFiles } from './kept-files.ts'
import { Problem } from './problem.ts'
import type { Release } from './release.ts'
import { saveBody } from './saved-body.ts'

const idForm = /^[A-Za-z0-9_-]{1,100}$/
const timeoutMs = 60_000

const failed = (id: string, reason: string) =>
  new Problem('media.fetch_failed', { values: { reason: `asset ${id}: ${reason}` } })

async function download(release: Release, id: string, path: string): Promise<string> {
  if (!release.platformUrl) throw failed(id, 'VITRINE_PLATFORM_URL is not set')
  const url = `${release.platformUrl.replace(/\/$/, '')}/api/v1/assets/${id}/content?variant=original`
  const headers = release.token ? { authorization: `Bearer ${release.token}` } : {}
  const request = get(url, { headers, timeout: timeoutMs, agent: false })
  request.on('timeout', () => request.destroy(new Error('timed out')))
  const [response]: [IncomingMessage] = await once(request, 'response').then(
    ([answer]) => [answer],
    (error: unknown) => {
      throw failed(id, error instanceof Error ? error.message : String(error))
    },
  )
  if (response.statusCode === 200) return saveBody(response, path)
  response.destroy()
  throw response.statusCode === 404
    ? new Problem('media.asset_unknown', { values: { id } })
    : failed(id, `HTTP ${response.statusCode}`)
}

function knownFile(kept: KeptFiles, note: string): string | null {
  if (!existsSync(note)) return null
  const path = join(kept.folder, basename(readFileSync(note, 'utf8')))
  if (!existsSync(path)) return null
  utimesSync(path, new Date(), new Date())
  return path
}

/**
 * Returns a function that gives the local copy of a platform asset. An asset is fetched once with the
 * instance's own token, and kept by content hash. An asset never changes, so its id identifies its content.
 * The function rejects with {@link Problem}.
 */
export function assetFiles(release: Release, folder: string): (id: string) => Promise<string> {
  const kept = keptFiles(join(folder, 'assets'))
  const names = join(folder, 'asset-names')
  mkdirSync(names, { recursive: true })
  const fetching = new Map<string, Promise<string>>()

  const fetchAsset = async (id: string): Promise<string> => {
    const temporary = join(names, `.fetch-${randomUUID()}`)
    try {
      const path = kept.take(temporary, await download(release, id, temporary))
      writeFileSync(`${temporary}.note`, basename(path))
      renameSync(`${temporary}.note`, join(names, id))
      return path
    } finally {
      rmSync(temporary, { force: true })
    }
  }
  return async (id) => {
    if (!idForm.test(id)) throw new Problem('media.asset_unknown', { values: { id: id.slice(0, 100) } })
    const known = knownFile(kept, join(names, id))
    if (known) return known
    const running = fetching.get(id) ?? fetchAsset(id).finally(() => fetching.delete(id))
    fetching.set(id, running)
    return running
  }
}
