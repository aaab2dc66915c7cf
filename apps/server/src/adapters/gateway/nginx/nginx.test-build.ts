import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { builtProject, projectFolder } from '../../../../../../tests/support/built-project.ts'
import { pathExists } from '../../../lib/path-exists.ts'
import type { DataPaths } from '../../../lib/paths.ts'
import { gatewayUnderTest, type testSetup } from '../gateway.test-setup.ts'
import type { GatewayPart, GatewayUnderTest } from '../gateway.test-world.ts'
import { createNginxGateway } from './nginx.driver.ts'
import { hasLua } from './nginx.hot-path.ts'
import type { NginxGatewayOptions } from './nginx.options.ts'
import { findNginx, ownNginx, type NginxProgram } from './nginx.process.ts'

const program = '/usr/sbin/nginx'
const modulesFolder = '/usr/lib/nginx/modules'

/** Whether this machine has Debian's nginx with njs. */
export const isNginxInstalled =
  (await pathExists(program)) && (await pathExists(join(modulesFolder, 'ngx_http_js_module.so')))

const path = '/usr/sbin:/usr/bin:/sbin:/bin'

/** Whether its Lua is installed too, with everything that our script uses. */
export const isLuaInstalled = isNginxInstalled && (await hasLua(program, modulesFolder, path))

/** The path of the Lua script, beside the njs script. */
export const luaBeside = (script: string): string => `${script}.lua`

const built = join(projectFolder, 'dist/gateway')

/**
 * Copies the scripts that run inside nginx from the built project: the one for njs, and beside it the one for
 * Lua.
 */
export async function buildScripts(outfile: string): Promise<void> {
  await buildScript(outfile)
  if (isLuaInstalled) await copyFile(join(built, 'nginx.lua'), luaBeside(outfile))
}

/** Copies the script that runs inside nginx's njs. */
export async function buildScript(outfile: string): Promise<void> {
  await builtProject()
  await copyFile(join(built, 'nginx.js'), outfile)
}

/**
 * An nginx on a data folder, with this Lua script or none. If we are root, its workers run as another user.
 */
export const nginxProgram = (
  paths: DataPaths,
  luaFile: string | null = null,
  sharesAccount = false,
): NginxProgram => ({
  dataPaths: paths,
  program,
  modulesFolder,
  openFiles: 1024,
  luaFile,
  workerUser: process.getuid?.() === 0 ? 'www-data' : null,
  sharesAccount,
  env: { PATH: path },
})

/** What a test may choose of an nginx of our own. */
export type NginxPart = GatewayPart &
  Pick<NginxGatewayOptions, 'logBytes' | 'onRestart' | 'onTrouble'> & { sharesAccount?: boolean }

/**
 * A gateway with an nginx of its own on an empty data folder. It uses Lua if `withLua` returns true when it
 * is created.
 */
export async function ownNginxUnderTest(
  { builtFile, newFolder }: Pick<ReturnType<typeof testSetup>, 'builtFile' | 'newFolder'>,
  part: NginxPart,
  withLua: () => boolean,
): Promise<GatewayUnderTest> {
  const create = (paths: DataPaths) => {
    // `part` is read again for each driver, because a test may change it in between.
    const { sharesAccount, ...others } = part
    return createNginxGateway({
      dataPaths: paths,
      scriptFile: builtFile(),
      ...others,
      host: ownNginx(nginxProgram(paths, withLua() ? luaBeside(builtFile()) : null, sharesAccount)),
    })
  }
  return gatewayUnderTest(await newFolder('data'), create, findNginx)
}
