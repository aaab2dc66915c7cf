import { readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { join, sep } from 'node:path'
import { endable } from './platform-numbers.mjs'
import {
  allProcesses,
  commandLineOf,
  commandOf,
  environmentOf,
  identify,
  isAlive,
  readable,
  readIdentity,
  signalProcess,
  waitUntil,
  withAncestors,
} from './processes.mjs'
import { readSmall } from './small-file.mjs'
import { controlPlaneRecord, forgetPlatform, startsIn } from './start-lock.mjs'
import { stateFolder } from './state-folder.mjs'
import { words } from './words.mjs'

/**
 * A part of the platform that may still run: how to find its processes and how to end them. After the signal
 * `orderly` it also ends its children, and has `patienceMs` for that.
 * @typedef {{ name: string, find: () => import('./processes.mjs').Identity[], orderly: NodeJS.Signals, patienceMs: number, insist?: NodeJS.Signals }} Part
 */

const afterKillMs = 10_000

/** @param {string} file */
function recorded(file) {
  const identity = readIdentity(file)
  return identity && isAlive(identity) ? [identity] : []
}

/**
 * The PostgreSQL server on a folder. The first line of `postmaster.pid` is its pid. @param {string} folder
 */
function databaseServer(folder) {
  const text = readSmall(join(folder, 'postmaster.pid'))
  const pid = Number(text?.split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 0 || !commandOf(pid).includes(folder)) return []
  return identify(pid) ?? []
}

/**
 * The processes of algorithms: those whose environment names a release in this data folder, and their
 * descendants.
 * @param {string} dataFolder
 */
function instanceProcesses(dataFolder) {
  const marker = `VITRINE_RELEASE_FILE=${join(dataFolder, 'services')}${sep}`
  const pids = allProcesses()
  const marked = new Set(pids.filter((pid) => environmentOf(pid).some((entry) => entry.startsWith(marker))))
  const found = pids.filter((pid) => withAncestors(pid).some((above) => marked.has(above)))
  return found.filter((pid) => pid !== process.pid).flatMap((pid) => identify(pid) ?? [])
}

/**
 * The processes of an nginx of this data folder, which is their working directory. Workers outlive a killed
 * master.
 * @param {string} dataFolder
 */
export function nginxProcesses(dataFolder) {
  const real = readable(() => realpathSync(dataFolder))
  if (real === null) return []
  // The kernel shows the working directory without links. A link in place of this folder could lead to the
  // working directory of everybody.
  const folder = join(real, 'gateway', 'nginx')
  const pids = allProcesses().filter((pid) => readable(() => readlinkSync(`/proc/${pid}/cwd`)) === folder)
  return pids.flatMap((pid) => identify(pid) ?? [])
}

/**
 * The embedded gateways of this data folder, by the socket that they were started with. A control plane that was killed while it
 * started or replaced one may have left one without a record.
 * @param {string} dataFolder
 */
function embeddedGateways(dataFolder) {
  const socket = `\0--socket\0${join(dataFolder, 'run', 'gateway-')}`
  const pids = allProcesses().filter((pid) => commandLineOf(pid).includes(socket))
  return pids.flatMap((pid) => identify(pid) ?? [])
}

/** The gateway's processes, of any driver. @param {string} dataFolder */
function gatewayProcesses(dataFolder) {
  const noted = recorded(join(dataFolder, 'run', 'gateway.json'))
  const others = embeddedGateways(dataFolder).filter(({ pid }) => noted.every((one) => one.pid !== pid))
  // A running master process ends its workers itself.
  return [...others, ...(noted.length > 0 ? noted : nginxProcesses(dataFolder))]
}

/**
 * The records of an `npm start`. For root, that of a start by the owner of the data folder is in the folder.
 * @param {string} dataFolder
 */
function startProcesses(dataFolder) {
  const own = startsIn(stateFolder(dataFolder))
  return own.length > 0 ? own : startsIn(join(dataFolder, 'run')).filter(endable(dataFolder))
}

/** The control planes that stand by. @param {string} dataFolder */
function standbyProcesses(dataFolder) {
  const folder = join(dataFolder, 'run', 'standbys')
  const names = (readable(() => readdirSync(folder)) ?? []).filter((name) => /^\d+\.json$/.test(name))
  return names.flatMap((name) => recorded(join(folder, name)))
}

/**
 * The parts of the platform that may be left on a data folder, in the order in which they must end.
 * @param {string} dataFolder @returns {Part[]}
 */
export function partsOf(dataFolder) {
  const isOurs = endable(dataFolder)
  const [start, ...parts] = writtenParts(dataFolder)
  // Only the record of the start is ours. The platform has written the other records, so their processes are checked.
  return [start, ...parts.map((part) => ({ ...part, find: () => part.find().filter(isOurs) }))]
}

/** @param {string} dataFolder @returns {[Part, ...Part[]]} */
function writtenParts(dataFolder) {
  const inRun = (/** @type {string} */ name) => join(dataFolder, 'run', name)
  const database = join(dataFolder, 'postgres')
  return [
    {
      name: 'npm start',
      find: () => startProcesses(dataFolder),
      orderly: 'SIGINT',
      patienceMs: 90_000,
    },
    // Before the one that leads, so that none takes over.
    {
      name: words('待命的控制面', 'control plane that stands by'),
      find: () => standbyProcesses(dataFolder),
      orderly: 'SIGTERM',
      patienceMs: 10_000,
    },
    {
      name: words('控制面', 'control plane'),
      find: () => recorded(controlPlaneRecord(dataFolder)),
      orderly: 'SIGINT',
      patienceMs: 60_000,
    },
    {
      name: 'supervisord',
      find: () => recorded(inRun('supervisord.json')),
      orderly: 'SIGTERM',
      patienceMs: 30_000,
    },
    {
      name: words('算法服务进程', 'service process'),
      find: () => instanceProcesses(dataFolder),
      orderly: 'SIGTERM',
      patienceMs: 10_000,
    },
    {
      name: words('网关', 'gateway'),
      find: () => gatewayProcesses(dataFolder),
      orderly: 'SIGTERM',
      patienceMs: 15_000,
    },
    // SIGINT is PostgreSQL's fast shutdown. SIGQUIT is its immediate shutdown, with a recovery at the next
    // start.
    {
      name: 'PostgreSQL',
      find: () => [databaseServer(database)].flat(),
      orderly: 'SIGINT',
      patienceMs: 30_000,
      insist: 'SIGQUIT',
    },
  ]
}

/** Whether any part of the platform is alive on this data folder. @param {string} dataFolder */
export const anythingLives = (dataFolder) => partsOf(dataFolder).some((part) => part.find().length > 0)

/** @param {Part} part @param {number} patienceMs */
async function endPart(part, patienceMs) {
  const found = part.find()
  found.forEach((identity) => signalProcess(identity, part.orderly))
  const gone = () => part.find().length === 0
  if (await waitUntil(gone, patienceMs)) return found
  if (part.insist) {
    for (const identity of part.find()) signalProcess(identity, part.insist)
    if (await waitUntil(gone, afterKillMs)) return found
  }
  await waitUntil(() => {
    for (const identity of part.find()) signalProcess(identity, 'SIGKILL')
    return gone()
  }, afterKillMs)
  return found
}

/**
 * Ends everything of the platform that is alive on a data folder, and returns a line for each part. Processes are
 * identified by pid and start time. Those of another data folder are never touched. As root, only processes of the
 * platform are ended, whatever the records say.
 * @param {string} dataFolder
 * @param {{ isHurried?: boolean, say?: (line: string) => void }} options `isHurried`: each part has two seconds
 * @returns {Promise<{ ended: string[], left: string[] }>}
 */
export async function endLeftovers(dataFolder, options = {}) {
  const parts = partsOf(dataFolder)
  /** @type {string[]} */
  const ended = []
  for (const part of parts) {
    const found = await endPart(part, options.isHurried ? 2_000 : part.patienceMs)
    if (found.length === 0) continue
    const line = `${part.name} (${found.map(({ pid }) => pid).join(' ')})`
    options.say?.(line)
    ended.push(line)
  }
  const left = parts.flatMap((part) => part.find().map(({ pid }) => `${part.name} (${pid})`))
  if (left.length === 0) forgetPlatform(dataFolder)
  return { ended, left }
}
