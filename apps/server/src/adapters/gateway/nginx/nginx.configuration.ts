import { createHash } from 'node:crypto'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { emptyGatewayTable } from '@vitrine/contract'
import { pathExists } from '../../../lib/path-exists.ts'
import { writeFileAtomically } from '../../../lib/write-file-atomically.ts'
import { askGateway } from '../control-socket.client.ts'
import { gatewayRefused, gatewayUnavailable } from '../gateway.errors.ts'
import {
  renderNginx,
  upstreamKeepAlive,
  type GroupedTable,
  type NginxInput,
  type NginxPlaces,
} from './nginx.render.ts'
import { luaHotPath, njsHotPath } from './nginx.hot-path.ts'
import { httpPart, writeParts } from './nginx.parts.ts'
import type { NginxHost } from './nginx.process.ts'
import { waitForWorkers, whoAnswers, workersOf } from './nginx.workers.ts'

type Wanted = Omit<NginxInput, 'previous' | 'places' | 'frame' | 'generation'>

/**
 * Long enough for nearly every client that is calling to have had one more answer, which tells it to close its connection: one that was held up
 * for longer, by its garbage collector or a busy machine, may be just about to use an idle one when it is closed.
 */
const closingMs = 300
/** A driver that ends meanwhile does not keep nginx closing connections for longer than this. */
const closingLeaseMs = 20_000

const refused = (reason: string) => gatewayRefused({ reason, address: null, holder: null })

/**
 * The configuration that an nginx follows: rendered, found good by nginx, renamed into place, taken up by a reload. A bad
 * one rejects with `gateway.refused` and nginx's words, and the last good one stays.
 */
export class NginxConfiguration {
  readonly #host: NginxHost
  readonly #places: NginxPlaces
  readonly #scriptFile: string
  /** What the workers that take requests follow. */
  #generation = ''
  /** The table that was in force before the last reload: nginx's own groups of instances are still named. */
  #previous: GroupedTable = { table: emptyGatewayTable, groups: new Set() }

  constructor(host: NginxHost, places: NginxPlaces, scriptFile: string) {
    this.#host = host
    this.#places = places
    this.#scriptFile = scriptFile
  }

  /** Notes what a running nginx follows; null when nobody answers. */
  async adopt(): Promise<{ text: string } | null> {
    const answering = await whoAnswers(this.#places.controlSocket)
    if (!answering) return null
    this.#generation = answering.generation
    return { text: await this.#inPlace() }
  }

  async #inPlace(): Promise<string> {
    const { confFile } = this.#host
    return (await pathExists(confFile)) ? readFile(confFile, 'utf8') : ''
  }

  /** Puts it in place, where no nginx runs. */
  async prepare(wanted: Wanted): Promise<void> {
    const { text, generation } = await this.#render(wanted)
    await this.#place(text)
    this.#generation = generation
  }

  /** Starts an nginx with what is in place. */
  async start(): Promise<void> {
    await this.#host.start(this.#generation)
  }

  /** Has a running nginx follow it, by a reload where it is another than the one in force. `current` is the table until now. */
  async follow(wanted: Wanted, current: GroupedTable): Promise<void> {
    if ((await this.#render(wanted)).generation === this.#generation) return
    const { text, generation } = await this.#render(wanted, current)
    await this.#reload(text, generation)
    this.#previous = current
  }

  /** A script beside the configuration, under a name that says what is in it: a running nginx never sees another's. */
  async #copied(file: string, ending: string): Promise<string> {
    const digest = createHash('sha256')
      .update(await readFile(file))
      .digest('hex')
    const copy = join(this.#places.folder, `gate-${digest.slice(0, 12)}.${ending}`)
    if (!(await pathExists(copy))) await copyFile(file, copy)
    return copy
  }

  /** Tells the running workers, all at once. */
  async tell(path: '/table' | '/keys' | '/closing', body: unknown): Promise<void> {
    const ways = this.#host.frame?.luaFile ? [`/hot${path}`, path] : [path]
    for (const way of ways) {
      const answer = await askGateway(this.#places.controlSocket, 'PUT', way, body).catch(
        (error: unknown) => {
          throw gatewayUnavailable({ reason: error instanceof Error ? error.message : String(error) }, error)
        },
      )
      if (answer.kind === 'refused') throw refused(answer.reason)
    }
  }

  async #render(wanted: Wanted, previous = this.#previous): Promise<{ text: string; generation: string }> {
    const script = await this.#copied(this.#scriptFile, 'js')
    const luaFile = this.#host.frame?.luaFile
    const hot = luaFile
      ? luaHotPath(
          await this.#copied(luaFile, 'lua'),
          join(this.#places.folder, 'state.json'),
          upstreamKeepAlive,
        )
      : njsHotPath
    const parts = await writeParts(this.#places, hot)
    const render = (generation: string) =>
      renderNginx(
        { ...wanted, previous, places: this.#places, frame: this.#host.frame, generation },
        parts,
        httpPart(this.#places, script, hot),
        hot,
      )
    const generation = createHash('sha256').update(render('')).digest('hex').slice(0, 16)
    return { text: render(generation), generation }
  }

  /** Puts a configuration in place once nginx has found it good. */
  async #place(text: string): Promise<void> {
    const reason = await this.#host.place(text)
    if (reason !== null) throw refused(reason)
  }

  /** Has new workers take over that begin the access log anew. */
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
   * Has nginx start new workers, which is where idle connections are closed: so that nobody is just about to use one, the
   * answers shortly before close theirs. nginx's words where it does not, else null.
   */
  async #replaceWorkers(generation: string): Promise<string | null> {
    const { controlSocket } = this.#places
    const answering = await whoAnswers(controlSocket)
    const before = answering ? await workersOf(answering.master) : []
    const said = await this.#host.listen()
    const isRefused = async () => (await said()).some((line) => line.includes('still could not bind'))
    await this.tell('/closing', closingLeaseMs)
    try {
      await delay(closingMs)
      await this.#host.reload()
      if (await waitForWorkers(controlSocket, generation, before, isRefused)) return null
      return (await said()).join(' | ') || 'no worker follows the new configuration'
    } finally {
      await this.tell('/closing', 0)
    }
  }
}
