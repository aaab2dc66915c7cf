import { manifest, type Manifest } from '@vitrine/contract'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'

/** The platform's data for an instance: its release file and its environment, read once. */
export type Release = {
  manifest: Manifest
  release: number | null
  commit: string | null
  /** The folder with the package's files. */
  root: string
  /**
   * The descriptor of the listening socket that the process runner made. Null if the instance listens on `host` and
   * `port`.
   */
  listenDescriptor: number | null
  host: string
  port: number
  platformUrl: string | null
  /** The socket at which an instance without a network reaches the platform. */
  platformSocket: string | null
  token: string | null
  /** The folder for media. `{path}` elements are accepted only below it. */
  mediaDir: string | null
  allowUrls: boolean
  /** The revision of the configuration whose variables it was started with. Null if it was started by hand. */
  configRevision: number | null
  /** The secret with which the platform proves that changed values come from it. Null if there is none. */
  instanceSecret: string | null
}

const releaseFile = z.object({
  manifest,
  release: z.number().int().nullish(),
  commit: z.string().nullish(),
})

/**
 * Reads `VITRINE_RELEASE_FILE` (default `vitrine.json` in the working folder). Throws if it does not have the
 * platform's format.
 */
export function readRelease(env: Readonly<Record<string, string | undefined>>): Release {
  const path = resolve(env['VITRINE_RELEASE_FILE'] ?? 'vitrine.json')
  const content = releaseFile.parse(JSON.parse(readFileSync(path, 'utf8')))
  return {
    manifest: content.manifest,
    release: content.release ?? null,
    commit: content.commit ?? null,
    root: dirname(path),
    listenDescriptor: env['VITRINE_LISTEN_FD'] ? Number(env['VITRINE_LISTEN_FD']) : null,
    host: env['HOST'] ?? '127.0.0.1',
    port: Number(env['PORT'] ?? 8000),
    platformUrl: env['VITRINE_PLATFORM_URL'] ?? null,
    platformSocket: env['VITRINE_PLATFORM_SOCKET'] ?? null,
    token: env['VITRINE_TOKEN'] ?? null,
    mediaDir: env['VITRINE_MEDIA_DIR'] ? resolve(env['VITRINE_MEDIA_DIR']) : null,
    allowUrls: env['VITRINE_ALLOW_URLS'] === '1',
    configRevision: env['VITRINE_CONFIG_REVISION'] ? Number(env['VITRINE_CONFIG_REVISION']) : null,
    instanceSecret: env['VITRINE_CONFIG_KEY'] ?? null,
  }
}
