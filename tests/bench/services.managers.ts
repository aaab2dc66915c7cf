import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'

/** Another keeper of processes with the same programs, each on a port of its own. Times in seconds. */
export type Manager = {
  list: () => Promise<number>
  restartAll: () => Promise<number>
  stop: () => Promise<void>
}

/** One program as the others run it. */
export type Program = { name: string; port: number; script: string }

const upMs = 120_000
const path = '/usr/local/bin:/usr/bin:/bin'
/** Version of pm2 that is measured; it is fetched for the measurement alone. */
const pm2Version = '7.0.4'

async function run(file: string, args: string[], env: Record<string, string>, cwd: string) {
  const result = await runCommand({ file, args, cwd, env: { PATH: path, HOME: cwd, ...env } })
  if (result.startError !== null) throw new Error(`${file}: ${result.startError}`)
  return result
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1000
}

/** How many of these answer. */
async function howManyAnswer(programs: readonly Pick<Program, 'port'>[]): Promise<number> {
  const asked = programs.map(({ port }) =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      (answer) => answer.ok,
      () => false,
    ),
  )
  return (await Promise.all(asked)).filter(Boolean).length
}

/** The manager once all its programs answer; stopped again with what it has started where they do not. */
async function onceUp(programs: readonly Program[], manager: Manager): Promise<Manager> {
  const become = (wanted: number) =>
    waitFor(async () => (await howManyAnswer(programs)) === wanted, { timeoutMs: upMs, everyMs: 200 })
  // The next manager needs their ports, and its programs end where one is taken.
  const stop = async () => {
    await manager.stop()
    if (!(await become(0))) throw new Error('programs outlive their manager')
  }
  if (await become(programs.length)) return { ...manager, stop }
  await stop()
  throw new Error('not all programs came up')
}

/** A supervisord of its own with these programs; asked by `supervisorctl`. */
export async function startSupervisor(folder: string, programs: readonly Program[]): Promise<Manager> {
  const conf = join(folder, 'supervisord.conf')
  const socket = join(folder, 's.sock')
  const sections = programs.map(
    ({ name, port, script }) =>
      `[program:${name}]\ncommand=/usr/bin/python3 -ISE ${script}\nenvironment=PORT="${port}"\nautostart=true\nstartsecs=1\nstdout_logfile=${folder}/${name}.log\nstderr_logfile=${folder}/${name}.err\n`,
  )
  const head = `[supervisord]\nnodaemon=false\nlogfile=${folder}/s.log\npidfile=${folder}/s.pid\nminfds=4096\n[unix_http_server]\nfile=${socket}\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n[supervisorctl]\nserverurl=unix://${socket}\n`
  await writeFile(conf, head + sections.join(''))
  await run('/usr/bin/supervisord', ['-c', conf], {}, folder)
  const control = (...args: string[]) => run('/usr/bin/supervisorctl', ['-c', conf, ...args], {}, folder)
  return onceUp(programs, {
    list: () => seconds(() => control('status')),
    restartAll: () => seconds(() => control('restart', 'all')),
    stop: async () => void (await control('shutdown')),
  })
}

const withNode = `${process.env.PATH ?? ''}:${path}`

/** Fetches pm2 into a folder; the path of its program. */
export async function fetchPm2(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{"private":true}')
  const args = ['install', '--no-audit', '--no-fund', `pm2@${pm2Version}`]
  const fetched = await run('npm', args, { PATH: withNode }, folder)
  if (fetched.exitCode !== 0) throw new Error(`pm2 cannot be fetched:\n${fetched.stderr.join('\n')}`)
  return join(folder, 'node_modules', 'pm2', 'bin', 'pm2')
}

/** A pm2 daemon of its own with these programs; `bin` is pm2's program. */
export async function startPm2(bin: string, folder: string, programs: readonly Program[]): Promise<Manager> {
  const env = { PM2_HOME: join(folder, 'home'), PATH: withNode }
  const apps = programs.map(({ name, port, script }) => ({
    name,
    script,
    interpreter: '/usr/bin/python3',
    interpreter_args: '-ISE',
    env: { PORT: String(port) },
  }))
  await writeFile(join(folder, 'apps.json'), JSON.stringify({ apps }))
  const pm2 = (...args: string[]) => run(process.execPath, [bin, ...args], env, folder)
  await pm2('start', 'apps.json')
  return onceUp(programs, {
    list: () => seconds(() => pm2('jlist')),
    restartAll: () => seconds(() => pm2('restart', 'all')),
    stop: async () => void (await pm2('kill')),
  })
}
