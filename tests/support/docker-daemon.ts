import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openDocker, type Docker } from '../../apps/server/src/adapters/docker/docker-client.ts'
import { ifThere } from '../../apps/server/src/lib/if-there.ts'
import { identify, isAlive, signalProcess } from '../../apps/server/src/lib/procfs/process-identity.ts'
import { runCommand, startDetached } from '../../apps/server/src/lib/run-command.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { patienceMs } from './patience.ts'

const program = '/usr/sbin/dockerd'

/** Why no Docker daemon can be started here; null if nothing is known that keeps it from starting. */
export function missingForDocker(): string | null {
  if (!existsSync(program)) return 'Docker is not installed'
  if (process.getuid?.() !== 0) return 'needs root'
  const hasGroups = existsSync('/sys/fs/cgroup/cgroup.controllers') || existsSync('/sys/fs/cgroup/memory')
  if (!hasGroups) return 'no cgroups are mounted'
  return mayAdminister() ? null : 'root has no right to mount here (CAP_SYS_ADMIN)'
}

/** Root of a usual container has not. */
function mayAdminister(): boolean {
  const [, granted] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return granted !== undefined && ((BigInt(`0x${granted}`) >> 21n) & 1n) === 1n
}

/** A Docker daemon of the tests. All that it has is in its folder. */
export type TestDaemon = {
  /** Its address, as in `VITRINE_DOCKER_HOST`. */
  address: string
  socketPath: string
  /** Kills it without warning. Its containers live on. */
  kill(): Promise<void>
  /** Starts it again. */
  start(): Promise<void>
}

const socketOf = (folder: string) => join(folder, 'docker.sock')
const pidFileOf = (folder: string) => join(folder, 'docker.pid')

async function pidIn(path: string): Promise<number | null> {
  const text = await ifThere(readFile(path, 'utf8'))
  return text === null ? null : Number(text)
}

/** Sends a signal to the process whose number is in a file, and waits for its end. */
async function endBy(pidFile: string, signal: NodeJS.Signals): Promise<void> {
  const pid = await pidIn(pidFile)
  const identity = pid === null ? null : await identify(pid)
  if (!identity) return
  signalProcess(identity, signal)
  const isGone = await waitFor(async () => !(await isAlive(identity)), { timeoutMs: patienceMs })
  if (isGone === null) throw new Error(`Docker's process ${identity.pid} does not end`)
}

const answers = async (docker: Docker): Promise<boolean> =>
  docker.ping().then(
    () => true,
    () => false,
  )

/**
 * Its own socket and data; no bridge of its own, so that several can be on one machine; and the rules of the machine's
 * firewall stay as they are. Published ports go through Docker's own proxy.
 */
const argsIn = (folder: string): string[] => [
  `--host=unix://${socketOf(folder)}`,
  `--data-root=${join(folder, 'data')}`,
  `--exec-root=${join(folder, 'exec')}`,
  `--pidfile=${pidFileOf(folder)}`,
  `--config-file=${join(folder, 'daemon.json')}`,
  '--bridge=none',
  '--ip=127.0.0.1',
  '--iptables=false',
  '--ip6tables=false',
  '--ip-forward=false',
  '--ip-masq=false',
  '--live-restore',
]

/** Starts a daemon, and resolves when it answers. Rejects with its last words if it does not. */
async function launch(folder: string): Promise<void> {
  const log = join(folder, 'dockerd.log')
  await rm(pidFileOf(folder), { force: true })
  let hasEnded = false
  const command = { file: program, args: argsIn(folder), cwd: folder, env: { PATH: process.env.PATH ?? '' } }
  await startDetached(command, { stdout: log, stderr: log }, () => (hasEnded = true))
  const docker = await openDocker({ socketPath: socketOf(folder) })
  await waitFor(async () => hasEnded || (await answers(docker)), { timeoutMs: patienceMs, everyMs: 50 })
  if (!(await answers(docker))) {
    const words = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-5).join('\n')
    throw new Error(`dockerd does not answer\n${words}`)
  }
}

/** Starts a Docker daemon in a folder. {@link endDaemon} ends it, also from another process. */
export async function startDaemon(folder: string): Promise<TestDaemon> {
  const why = missingForDocker()
  if (why !== null) throw new Error(why)
  await mkdir(folder, { recursive: true, mode: 0o711 })
  // Never the machine's own settings.
  await writeFile(join(folder, 'daemon.json'), '{}')
  await launch(folder)
  return daemonIn(folder)
}

/** Returns the daemon that was started in a folder. */
export const daemonIn = (folder: string): TestDaemon => ({
  address: `unix://${socketOf(folder)}`,
  socketPath: socketOf(folder),
  kill: () => endBy(pidFileOf(folder), 'SIGKILL'),
  start: () => launch(folder),
})

/** A daemon that was killed leaves its mounts. */
async function unmountBelow(folder: string): Promise<void> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  const points = lines.map((line) => line.split(' ')[4] ?? '').filter((path) => path.startsWith(`${folder}/`))
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
  for (const path of points.toReversed())
    await runCommand({ file: 'umount', args: ['--lazy', path], cwd: '/', env })
}

/** Removes every container and network of the daemon in a folder, ends it, and deletes the folder. */
export async function endDaemon(folder: string): Promise<void> {
  const docker = await openDocker({ socketPath: socketOf(folder) })
  if (await answers(docker)) {
    const containers = await docker.listContainers({ all: true })
    await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true })))
    await docker.pruneNetworks()
  }
  const containerd = join(folder, 'exec', 'containerd', 'containerd.pid')
  await endBy(pidFileOf(folder), 'SIGTERM')
  await endBy(containerd, 'SIGTERM')
  await unmountBelow(folder)
  await rm(folder, { recursive: true, force: true })
}
