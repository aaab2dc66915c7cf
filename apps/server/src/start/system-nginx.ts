import { access, constants, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { NginxHost } from '../adapters/gateway/nginx/nginx.process.ts'
import { endNginx, findNginx } from '../adapters/gateway/nginx/nginx.process.ts'
import { findFormerSystemNginx, systemNginx } from '../adapters/gateway/nginx/nginx.system.ts'
import { SettingsError } from '../config.ts'
import { findProgram } from '../lib/find-program.ts'
import { pathExists } from '../lib/path-exists.ts'
import { shortDigest } from '../lib/short-digest.ts'
import type { DriverInput } from './driver-input.ts'

/** The environment of the programs of the system's nginx. */
const environmentOf = (input: DriverInput) => ({ PATH: `${input.commandEnv.PATH ?? ''}:/usr/sbin:/sbin` })

const isWritableFolder = (path: string): Promise<boolean> =>
  Promise.all([stat(path), access(path, constants.W_OK)]).then(
    ([found]) => found.isDirectory(),
    () => false,
  )

/** A folder that is removed at a reboot if the system has one, else one in the data folder. */
async function runFolderOf({ paths }: DriverInput): Promise<string> {
  const uid = process.getuid?.() ?? -1
  const cleared = uid === 0 ? '/run' : `/run/user/${uid}`
  if (!(await pathExists(cleared))) return join(paths.run, 'system-nginx')
  return join(cleared, `vitrine-${shortDigest(paths.root)}`)
}

/**
 * The system's nginx if the settings name it, else null. Throws {@link SettingsError} if they name a folder
 * or program that does not exist.
 */
export async function systemNginxOf(input: DriverInput): Promise<NginxHost | null> {
  const { VITRINE_NGINX_CONF_DIR: confDir, VITRINE_NGINX_RELOAD: reload } = input.settings
  if (!confDir || !reload) return null
  const env = environmentOf(input)
  const [program, ...args] = reload
  const file = program.includes('/') ? program : await findProgram(program, env.PATH)
  const problems = [
    ...((await isWritableFolder(confDir))
      ? []
      : [
          `VITRINE_NGINX_CONF_DIR: ${confDir} 不是可写的文件夹 · ${confDir} is not a folder that can be written to`,
        ]),
    ...(file !== null && (await pathExists(file))
      ? []
      : [`VITRINE_NGINX_RELOAD: 没有程序 ${program} · there is no program ${program}`]),
  ]
  if (file === null || problems.length > 0) throw new SettingsError(problems)
  return systemNginx({
    dataPaths: input.paths,
    confDir,
    reload: [file, ...args],
    env,
    runFolder: await runFolderOf(input),
  })
}

/**
 * Ends a gateway of earlier settings: the platform's own nginx if the system's nginx is used now, or the
 * platform's part in the system's nginx.
 */
export async function leaveFormerNginx(input: DriverInput, system: NginxHost | null): Promise<void> {
  const { paths: dataPaths, settings } = input
  if (system && (await findNginx(dataPaths))) await endNginx(dataPaths)
  const current = system && (settings.VITRINE_NGINX_CONF_DIR ?? null)
  const former = await findFormerSystemNginx({ dataPaths, env: environmentOf(input) }, current)
  await former
    ?.stop()
    .catch((error: unknown) =>
      input.logger.warn({ err: error }, 'the system’s nginx could not be told to leave its part for us'),
    )
}
