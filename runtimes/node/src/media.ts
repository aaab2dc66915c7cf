import { randomUUID } from 'node:crypto'
import { existsSync, realpathSync, statSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { isAbsolute, join, sep } from 'node:path'
import type { JsonSchema } from '@vitrine/contract'
import { openUrl } from './addresses.ts'
import { allEnded } from './all-ended.ts'
import { assetFiles } from './assets.ts'
import { removeLeftFiles } from './left-files.ts'
import { Problem } from './problem.ts'
import type { Release } from './release.ts'
import { saveBody } from './saved-body.ts'
import { innerSchema, isMedia, isObject } from '@vitrine/contract/schema-check'
import { extensionOf } from './sniff.ts'

const forms = ['data', 'asset_id', 'url', 'path'] as const
const base64Form = /^[A-Za-z0-9+/]*={0,2}$/

/** Fetching for one request: the files that are created for it, and when it ends early. */
export type Fetching = { temporary: string[]; signal: AbortSignal }

/**
 * Replaces media by local paths. Rejects when nothing of it works on any more, with {@link Problem} or with the reason of
 * the signal.
 */
export type Localise = (
  schema: JsonSchema,
  value: unknown,
  path: string,
  fetching: Fetching,
) => Promise<unknown>

/**
 * The problem of one element: invalid input if the caller's value is wrong, the media's own code for a failed
 * fetch.
 */
function at(path: string, error: unknown): unknown {
  if (!(error instanceof Problem) || error.code === 'algorithm.failed') return error
  const fields = [{ path, rule: error.code, values: error.values }]
  return error.code === 'media.fetch_failed'
    ? new Problem(error.code, { values: error.values, fields })
    : new Problem('input.invalid', { fields })
}

function fileBelow(root: string | null, text: string): string {
  if (root !== null && !text.includes('\0')) {
    const wanted = isAbsolute(text) ? text : join(root, text)
    // A path that cannot be looked up, such as a name that is too long, is none either.
    const real = existsSync(wanted) && statSync(wanted).isFile() ? realpathSync(wanted) : ''
    if (real.startsWith(realpathSync(root) + sep)) return real
  }
  throw new Problem('media.path_refused')
}

async function fileOfData(folder: string, text: string, said: unknown, temporary: string[]): Promise<string> {
  if (text.length % 4 !== 0 || !base64Form.test(text)) throw new Problem('media.bad_base64')
  const content = Buffer.from(text, 'base64')
  const extension = extensionOf(content.subarray(0, 16), typeof said === 'string' ? said : '')
  const path = join(folder, randomUUID() + extension)
  temporary.push(path)
  await writeFile(path, content)
  return path
}

async function fileOfUrl(folder: string, url: string, { temporary, signal }: Fetching): Promise<string> {
  const path = join(folder, randomUUID())
  temporary.push(path)
  const named = path + (await saveBody(await openUrl(url, signal), path, signal))
  temporary.push(named)
  await rename(path, named)
  return named
}

/** Creates the function for one release. `folder` is its media cache. */
export function mediaOf(release: Release, folder: string): Localise {
  const requests = join(folder, 'requests')
  removeLeftFiles(requests, () => true)
  const assets = assetFiles(release, folder)

  const localPath = async (value: unknown, fetching: Fetching): Promise<string> => {
    const given = isObject(value) ? forms.filter((form) => Object.hasOwn(value, form)) : []
    const form = given[0]
    const text = isObject(value) && form !== undefined ? value[form] : undefined
    if (!isObject(value) || given.length !== 1 || typeof text !== 'string') throw new Problem('media.form')
    if (form === 'asset_id') return assets(text, fetching.signal)
    if (form === 'path') return fileBelow(release.mediaDir, text)
    if (form === 'data') return fileOfData(requests, text, value['mime'], fetching.temporary)
    if (!release.allowUrls) throw new Problem('media.url_not_allowed')
    return fileOfUrl(requests, text, fetching)
  }
  const localise: Localise = async (schema, value, path, fetching) => {
    if (isMedia(schema)) {
      return localPath(value, fetching).catch((error: unknown) => {
        throw at(path, error)
      })
    }
    const inner = async (name: string | number, item: unknown, itemPath: string) => {
      const own = innerSchema(schema, name)
      return own ? localise(own, item, itemPath, fetching) : item
    }
    if (Array.isArray(value)) {
      return allEnded(value.map((item: unknown, index) => inner(index, item, `${path}[${index}]`)))
    }
    if (!isObject(value)) return value
    const entries = Object.entries(value).map(async ([name, item]) => [
      name,
      await inner(name, item, `${path}.${name}`),
    ])
    return Object.fromEntries(await allEnded(entries))
  }
  return localise
}
