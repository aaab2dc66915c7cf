import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createEmbeddedGateway } from '../adapters/gateway/embedded/embedded.driver.ts'
import { findOthers, findProcess, stopProcess } from '../adapters/gateway/embedded/embedded.process.ts'
import type { Gateway } from '../adapters/gateway/gateway.ts'
import { createNginxGateway } from '../adapters/gateway/nginx/nginx.driver.ts'
import { hasLua } from '../adapters/gateway/nginx/nginx.hot-path.ts'
import { ownNginx, type NginxHost, type NginxProgram } from '../adapters/gateway/nginx/nginx.process.ts'
import { readTable } from '../adapters/gateway/nginx/nginx.state-files.ts'
import { createSwitchableGateway, type SwitchableGateway } from '../adapters/gateway/switchable.ts'
import { findProgram } from '../lib/find-program.ts'
import { pathExists } from '../lib/path-exists.ts'
import { findSystemUser } from '../lib/system-user.ts'
import { createConfigsRepository } from '../modules/configs/configs.repository.ts'
import { readDriverChoice } from '../modules/gateway-admin/driver-choice.ts'
import type { DriverInput } from './driver-input.ts'
import { leaveFormerNginx, systemNginxOf } from './system-nginx.ts'
import type { Database } from '../adapters/database/database.ts'

/** The folder of nginx modules in Debian's packages. */
const modulesFolder = '/usr/lib/nginx/modules'
const mostOpenFiles = 65_536

const withoutNginx =
  '没有安装 nginx 或 libnginx-mod-http-js：改用内置网关 · nginx or libnginx-mod-http-js is not installed: the embedded gateway serves instead'

/**
 * The accounts for nginx's workers, the best one first. A control plane that is not root has no account of the
 * machine but those for this platform: what is called root there is its own.
 */
const workersOf = ({ VITRINE_ROOT }: DriverInput['settings']): string[] =>
  VITRINE_ROOT === 'drop' ? ['vitrine-gateway', 'root'] : ['vitrine-gateway', 'www-data', 'nginx', 'nobody']

/** A file of the built gateway. */
const built = (input: DriverInput, name: string) => join(input.projectFolder, 'dist', 'gateway', name)

/** The hard limit of open files for this process and its children. */
async function openFiles(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8')
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1]
  return Math.min(Number(hard ?? mostOpenFiles), mostOpenFiles)
}

/** The nginx of this machine. Null if nginx or its njs module is not installed. */
async function nginxOf(input: DriverInput): Promise<NginxProgram | null> {
  const path = `${input.commandEnv.PATH ?? ''}:/usr/sbin`
  const program = await findProgram('nginx', path)
  if (!program || !(await pathExists(join(modulesFolder, 'ngx_http_js_module.so')))) return null
  const isRoot = process.getuid?.() === 0
  const user = isRoot ? await findSystemUser(workersOf(input.settings)) : null
  return {
    dataPaths: input.paths,
    program,
    modulesFolder,
    openFiles: await openFiles(),
    workerUser: user?.name ?? null,
    // Git has an account of its own exactly where algorithms have.
    sharesAccount: input.gitAccount === null,
    luaFile: (await hasLua(program, modulesFolder, path)) ? built(input, 'nginx.lua') : null,
    env: { PATH: path },
  }
}

/** Chooses the driver by the setting, by the administrator's choice, or by what the machine has. */
async function choose(
  input: DriverInput,
  db: Database,
  { hasNginx, isNamed }: { hasNginx: boolean; isNamed: boolean },
): Promise<{ kind: Gateway['kind']; note: string | null }> {
  const { VITRINE_GATEWAY: setting } = input.settings
  if (setting === 'embedded') return { kind: 'embedded', note: null }
  if (setting === 'nginx')
    return hasNginx ? { kind: 'nginx', note: null } : { kind: 'embedded', note: withoutNginx }
  const chosen = await readDriverChoice(createConfigsRepository({ db }))
  if (chosen === 'embedded') return { kind: 'embedded', note: null }
  if (chosen === 'nginx' && !hasNginx) return { kind: 'embedded', note: withoutNginx }
  // The names of packages and the build of njs are Debian's. On other systems nginx is used only if a person
  // chooses it.
  const isDefault = isNamed || (hasNginx && (await pathExists('/etc/debian_version')))
  return { kind: chosen ?? (isDefault ? 'nginx' : 'embedded'), note: null }
}

/** Opens the gateway with the chosen driver. `note` explains why it is not the requested one, or is null. */
export async function openGateway(
  input: DriverInput,
  db: Database,
): Promise<{ gateway: SwitchableGateway; note: string | null }> {
  const { paths, logger, shutdown } = input
  const system = await systemNginxOf(input)
  await leaveFormerNginx(input, system)
  const program = await nginxOf(input)
  const nginx = system ?? (program && ownNginx(program))
  const onRestart = (problem: Error | null) =>
    problem
      ? logger.error({ err: problem }, 'the gateway is down')
      : logger.warn('the gateway was started again')
  const embedded = () =>
    createEmbeddedGateway({
      dataPaths: paths,
      nodeFile: process.execPath,
      onRestart,
      entryFile: built(input, 'main.js'),
      env: { PATH: input.commandEnv.PATH ?? '' },
    })
  const ofNginx = (host: NginxHost) => (letGo: (() => void) | undefined) =>
    createNginxGateway({
      dataPaths: paths,
      letGo,
      onRestart,
      onTrouble: (error) =>
        logger.error(
          { err: error },
          'the gateway serves, but a port that has become free is not open yet, or its log is not rotated; this is tried again',
        ),
      onUnwritten: (error) =>
        logger.error(
          { err: error },
          'the table and keys of the gateway are in force, but cannot be written for its next start; this is tried again',
        ),
      host,
      scriptFile: built(input, 'nginx.js'),
      admit: async (account) => {
        await input.apiSocket.admit(account)
        await input.instanceSockets.admit(account)
      },
    })
  const { kind, note } = await choose(input, db, { hasNginx: nginx !== null, isNamed: system !== null })
  // If the system's nginx is not running, it must not start later with the addresses that the other driver
  // has.
  if (system && kind === 'embedded' && !(await system.isRunning())) await system.stop()
  const gateway = createSwitchableGateway({
    drivers: { embedded, ...(nginx && { nginx: ofNginx(nginx) }) },
    first: kind,
    running: async () =>
      (await nginx?.isRunning()) ? 'nginx' : (await findProcess(paths)) ? 'embedded' : null,
    lastTable: () => readTable(paths.gatewayTable),
    onError: (error) => logger.error({ err: error }, 'the gateway before did not end'),
  })
  // A control plane that was killed while it started or replaced an embedded gateway has left that gateway, and nobody else would end it.
  if (kind === 'nginx' && !(await findProcess(paths)))
    await Promise.all((await findOthers(paths, null)).map(stopProcess))
  await gateway.open()
  await input.instanceSockets.closeToOthers()
  shutdown.add('gateway', (ending) => (ending.everything ? gateway.shutdown() : gateway.close()))
  return { gateway, note }
}
