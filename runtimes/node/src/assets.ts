import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { basename, join } from 'node:path'
import { digestIn, keptFiles, type KeptFiles } from './kept-files.ts'
import { Problem } from './problem.ts'
import type { Release } from './release.ts'
import { saveBody } from './saved-body.ts'

const idForm = /^[A-Za-z0-9_-]{1,100}$/
const timeoutMs = 60_000

const failed = (id: string, reason: string) =>
  new Problem('media.fetch_failed', { values: { reason: `asset ${id}: ${reason}` } })

/**
 * The result of asking for an asset: the already known file is the asset, or the asset was saved and `extension` is the
 * one for its content.
 */
type Asked = { known: string } | { extension: string }

async function download(
  release: Release,
  id: string,
  { path, known }: { path: string; known: string | null },
): Promise<Asked> {
  if (!release.platformUrl) throw failed(id, 'VITRINE_PLATFORM_URL is not set')
  const url = `${release.platformUrl.replace(/\/$/, '')}/api/v1/assets/${id}/content?variant=original`
  const headers = {
    ...(release.token && { authorization: `Bearer ${release.token}` }),
    ...(known !== null && { 'if-none-match': `"${digestIn(known)}"` }),
  }
  const { platformSocket: socketPath } = release
  const request = get(url, { headers, timeout: timeoutMs, agent: false, ...(socketPath && { socketPath }) })
  request.on('timeout', () => request.destroy(new Error('timed out')))
  const [response]: [IncomingMessage] = await once(request, 'response').then(
    ([answer]) => [answer],
    (error: unknown) => {
      throw failed(id, error instanceof Error ? error.message : String(error))
    },
  )
  if (response.statusCode === 200) return { extension: await saveBody(response, path) }
  response.destroy()
  if (response.statusCode === 304 && known !== null) return { known }
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
 * Returns a function that gives the local copy of a platform asset. An asset is fetched once with the instance's own
 * token, and kept by content hash. An asset never changes, so its id identifies its content. The platform is asked
 * before each use, so that a copy from another person's run is not given to everybody who knows the id. The function
 * rejects with {@link Problem}.
 */
export function assetFiles(release: Release, folder: string): (id: string) => Promise<string> {
  const kept = keptFiles(join(folder, 'assets'))
  const names = join(folder, 'asset-names')
  mkdirSync(names, { recursive: true })
  const asking = new Map<string, Promise<string>>()

  const askFor = async (id: string): Promise<string> => {
    const temporary = join(names, `.fetch-${randomUUID()}`)
    const known = knownFile(kept, join(names, id))
    try {
      const asked = await download(release, id, { path: temporary, known })
      if ('known' in asked) return asked.known
      const path = kept.take(temporary, asked.extension)
      writeFileSync(`${temporary}.note`, basename(path))
      renameSync(`${temporary}.note`, join(names, id))
      return path
    } finally {
      rmSync(temporary, { force: true })
    }
  }
  return async (id) => {
    if (!idForm.test(id)) throw new Problem('media.asset_unknown', { values: { id: id.slice(0, 100) } })
    const running = asking.get(id) ?? askFor(id).finally(() => asking.delete(id))
    asking.set(id, running)
    return running
  }
}
