import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { emptyGatewayTable, type GateChange, type GateTable } from '@vitrine/contract'
import { AppError } from '../../../lib/errors.ts'
import { pathExists } from '../../../lib/path-exists.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import { askGateway } from '../control-socket.client.ts'
import { gatewayRefused, gatewayUnavailable } from '../gateway.errors.ts'
import { openBeside } from './nginx.beside.ts'
import { renderNginx, type NginxInput, type NginxPlaces } from './nginx.conf.ts'
import { luaHotPath, njsHotPath, type HotPath } from './nginx.hot-path.ts'
import { httpPart } from './nginx.http-part.ts'
import { mustOpenAnew } from './nginx.listens.ts'
import { isSameText } from './nginx.same-text.ts'
import { writeParts } from './nginx.parts.ts'
import type { NginxHost } from './nginx.process.ts'
import { copiedScript } from './nginx.script-copy.ts'
import { upstreamKeepAlive, type GroupedTable } from './nginx.upstreams.ts'
import { waitForWorkers, whoAnswers, workersOf } from './nginx.workers.ts'

type Wanted = Omit<NginxInput, 'previous' | 'places' | 'frame' | 'generation'>

/**
 * Long enough for nearly every active client to get one more answer, which tells it to close its connection.
 * A client that was delayed for longer, by garbage collection or a busy machine, may still use an idle
 * connection when it is closed.
 */
const closingMs = 300
/** If the driver ends meanwhile, nginx stops closing connections after this time. */
const closingLeaseMs = 20_000

/** Whether the system has refused something, such as to write a file. */
const isOfSystem = (error: unknown): error is Error => error instanceof Error && 'syscall' in error

const refused = (reason: string) => gatewayRefused({ reason, address: null, holder: null })

/**
 * The configuration of an nginx. It is rendered, checked by nginx, renamed into place and loaded by a reload.
 * A bad one rejects with `gateway.refused` and nginx's message, and the last good one stays in place.
 */
export class NginxConfiguration {
  readonly #host: NginxHost
  readonly #places: NginxPlaces
  readonly #scriptFile: string
  /** The generation that the workers which accept requests follow. */
  #generation = ''
  /** The table in force before the last reload. Its nginx groups of instances are still defined. */
  #previous: GroupedTable = { table: emptyGatewayTable, groups: new Set() }
  /** What the configuration in force was last made from. */
  #followed: Wanted | null = null
  /** Set while a newer configuration could not be written: the table for which the one in place was made. */
  #behind: { because: Error; inPlace: GroupedTable } | null = null

  constructor(host: NginxHost, places: NginxPlaces, scriptFile: string) {
    this.#host = host
    this.#places = places
    this.#scriptFile = scriptFile
  }

  /** Reads which configuration a running nginx follows; null if none answers, or if it must be restarted. */
  async adopt(): Promise<{ text: string } | null> {
    const answering = await whoAnswers(this.#places.controlSocket)
    const text = await this.#inPlace()
    if (!answering || mustOpenAnew(text, this.#host.frame)) return null
    this.#generation = answering.generation
    this.#followed = null
    return { text }
  }

  /** The text that a running nginx follows: after a failed change, the one before. */
  inForce(): Promise<string> {
    return this.#inPlace()
  }

  async #inPlace(): Promise<string> {
    const { confFile } = this.#host
    return (await pathExists(confFile)) ? readFile(confFile, 'utf8') : ''
  }

  /** Puts the configuration in place while no nginx runs. */
  async prepare(wanted: Wanted): Promise<void> {
    const { text, generation } = await this.#render(wanted)
    await this.#place(text)
    this.#generation = generation
    this.#behind = null
    this.#followed = wanted
  }

  /** Starts an nginx with the configuration in place. */
  async start(): Promise<void> {
    await this.#host.start(this.#generation)
  }

  /** Why the configuration in place still has routes that its table has no more: it could not be written. Null if it has none. */
  get unwritten(): Error | null {
    return this.#behind?.because ?? null
  }

  /**
   * Makes a running nginx follow the wanted configuration, by a reload if it differs from the current one.
   * `current` is the table so far. If it cannot be written, as on a full disk, and the one in place serves all routes of the
   * table, this resolves all the same: the script refuses the routes that are gone, and the next call tries again.
   */
  async follow(wanted: Wanted, current: GroupedTable): Promise<void> {
    const isSame = this.#followed !== null && isSameText(this.#followed, wanted, this.#hotPath('', ''))
    if (isSame && this.#behind === null) return
    this.#followed = null
    const inPlace = this.#behind?.inPlace ?? current
    if ((await this.#render(wanted)).generation !== this.#generation)
      try {
        const { text, generation } = await this.#render(wanted, inPlace)
        await this.#reload(text, generation)
        this.#previous = inPlace
      } catch (error) {
        if (!isOfSystem(error) || !(await this.#servesAlready(wanted, inPlace))) throw error
        this.#behind = { because: error, inPlace }
        return
      }
    this.#behind = null
    this.#followed = wanted
  }

  /** Whether the configuration in place, which was made for a table, serves all routes of the wanted one. */
  async #servesAlready(wanted: Wanted, { table: before, groups }: GroupedTable): Promise<boolean> {
    if ([...wanted.groups].some((id) => !groups.has(id))) return false
    const kept = new Map(wanted.table.routes.map((route) => [route.service_id, route]))
    const routes = before.routes.map((route) => kept.get(route.service_id) ?? route)
    if (wanted.table.routes.some((route) => !routes.includes(route))) return false
    const table = { ...wanted.table, routes }
    const text = await this.#inPlace()
    const beside = await openBeside(table, (address) => text.includes(`listen ${address} `))
    return (await this.#render({ ...wanted, table, groups, beside })).generation === this.#generation
  }

  /** Lets nginx check the wanted configuration and changes nothing. Returns its reason if it refuses it. */
  async check(wanted: Wanted): Promise<string | null> {
    try {
      return await this.#host.check((await this.#render(wanted)).text)
    } catch (error) {
      // It cannot even be written.
      if (error instanceof AppError && error.code === 'gateway.refused') return error.message
      throw error
    }
  }

  /** Sends a message to all running workers at once. */
  async send(path: '/keys' | '/closing', body: unknown): Promise<void> {
    for (const way of this.#ways) await this.#put(`${way}${path}`, body)
  }

  /** The same with what has changed of the table; a script that has another one in force gets the whole. */
  async sendTable(change: GateChange | null, whole: () => GateTable): Promise<void> {
    for (const way of this.#ways) {
      const hasChanged = change !== null && (await this.#put(`${way}/change`, change))
      if (!hasChanged) await this.#put(`${way}/table`, whole())
    }
  }

  /** Where the scripts of a running nginx get messages. */
  get #ways(): string[] {
    return this.#host.frame?.luaFile ? ['/hot', ''] : ['']
  }

  /** Resolves with false if the message changes another table than the one in force. */
  async #put(path: string, body: unknown): Promise<boolean> {
    const answer = await askGateway(this.#places.controlSocket, 'PUT', path, body).catch((error: unknown) => {
      throw gatewayUnavailable({ reason: error instanceof Error ? error.message : String(error) }, error)
    })
    if (answer.kind === 'refused') throw refused(answer.reason)
    return answer.kind === 'done'
  }

  async #render(wanted: Wanted, previous = this.#previous): Promise<{ text: string; generation: string }> {
    const { folder } = this.#places
    const script = await copiedScript(this.#scriptFile, folder, 'js')
    const luaFile = this.#host.frame?.luaFile
    const luaScript = luaFile ? await copiedScript(luaFile, folder, 'lua') : ''
    const hot = this.#hotPath(luaScript, join(folder, 'state.json'))
    const { edge } = wanted.table
    const parts = await writeParts(this.#places, hot, edge)
    const render = (generation: string) =>
      renderNginx(
        { ...wanted, previous, places: this.#places, frame: this.#host.frame, generation },
        parts,
        httpPart(this.#places, script, hot, edge),
        hot,
      )
    const generation = createHash('sha256').update(render('')).digest('hex').slice(0, 16)
    return { text: render(generation), generation }
  }

  #hotPath(luaScript: string, state: string): HotPath {
    return this.#host.frame?.luaFile ? luaHotPath(luaScript, state, upstreamKeepAlive) : njsHotPath
  }

  /** Puts a configuration in place after nginx has checked it. */
  async #place(text: string): Promise<void> {
    const reason = await this.#host.place(text)
    if (reason !== null) throw refused(reason)
  }

  /** Replaces the workers by new ones, which open a new access log. */
  async reopenLog(): Promise<void> {
    const reason = await this.#replaceWorkers(this.#generation)
    if (reason !== null) throw refused(reason)
  }

  async #reload(text: string, generation: string): Promise<void> {
    const last = await this.#inPlace()
    await this.#place(text)
    try {
      const reason = await this.#replaceWorkers(generation)
      if (reason !== null) throw refused(reason)
    } catch (error) {
      await writeFileAtomically(this.#host.confFile, last, 0o600)
      throw error
    }
    this.#generation = generation
  }

  /**
   * Makes nginx start new workers. This closes idle connections. So that no client is about to use one, the
   * answers shortly before close their connections. Returns nginx's message if it fails, else null.
   */
  async #replaceWorkers(generation: string): Promise<string | null> {
    const { controlSocket } = this.#places
    const answering = await whoAnswers(controlSocket)
    const before = answering ? await workersOf(answering.master) : []
    const said = await this.#host.listen()
    const isRefused = async () => (await said()).some((line) => line.includes('still could not bind'))
    await this.send('/closing', closingLeaseMs)
    try {
      await delay(closingMs)
      await this.#host.reload()
      if (await waitForWorkers(controlSocket, generation, before, isRefused)) return null
      return (await said()).join(' | ') || 'no worker follows the new configuration'
    } finally {
      await this.send('/closing', 0)
    }
  }
}
