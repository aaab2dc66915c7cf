import { chown, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { removeUnfinished, writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import { everyEnd } from '../../../lib/every-end.ts'
import { noSandbox, type Sandbox } from '../../../lib/sandbox/sandbox.ts'
import { launchedSpec } from '../process-in-sandbox.ts'
import type { ProcessSpec } from '../process-runner.ts'
import type { Limiter } from '../resource-limits/resource-limits.ts'
import type { LogRotation } from '../../log-files/log-rotation.ts'
import type { SocketFolder } from '../socket-folder.ts'
import { renderEnter, renderLaunch, renderProgramConf, supervisorFiles } from './supervisor-conf.ts'
import type { SupervisorDaemon } from './supervisor-daemon.ts'
import { supervisorInfo, type SupervisorInfo } from './supervisor-report.ts'
import { XmlRpcFault } from './xml-rpc-answer.ts'

/** supervisord's fault numbers (supervisor/xmlrpc.py, class Faults). */
export const faults = {
  badName: 10,
  abnormal: 40,
  spawn: 50,
  alreadyStarted: 60,
  notRunning: 70,
  alreadyAdded: 90,
}

/** Calls supervisord. The faults in `accepted` count as success. */
export async function callExcept(
  daemon: SupervisorDaemon,
  accepted: readonly number[],
  method: string,
  ...parameters: (string | number | boolean)[]
): Promise<void> {
  try {
    await daemon.call(method, ...parameters)
  } catch (error) {
    if (!(error instanceof XmlRpcFault && accepted.includes(error.code))) throw error
  }
}

/** `folder` is supervisord's own folder. */
type Deps = {
  folder: string
  daemon: SupervisorDaemon
  limiter: Limiter
  sockets: SocketFolder
  /** By default none. */
  sandbox?: Sandbox
  logRotation: LogRotation
}

/** The programs of a private supervisord: their files, and what it knows about them. */
export class SupervisorPrograms {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /**
   * Creates the folders, and removes what a kill has left of a file there. Other users can pass through them to their own launch
   * file, but cannot read them.
   */
  async prepare(): Promise<void> {
    const { folder } = this.#deps
    for (const part of ['', supervisorFiles.programs, supervisorFiles.launch]) {
      await mkdir(join(folder, part), { recursive: true, mode: 0o711 })
      await removeUnfinished(join(folder, part))
    }
  }

  /** Returns the path of a program's socket; null if it does not listen on one. */
  socketOf({ id, listens }: ProcessSpec): string | null {
    return listens === 'socket' ? this.#deps.sockets.pathFor(id) : null
  }

  /** Makes the files on disk match exactly these specs. */
  async writeAll(specs: readonly ProcessSpec[]): Promise<void> {
    const wanted = new Set(specs.map((spec) => spec.id))
    const names = await readdir(join(this.#deps.folder, supervisorFiles.programs))
    for (const name of names.filter((one) => one.endsWith('.conf'))) {
      const id = name.slice(0, -'.conf'.length)
      if (!wanted.has(id)) await this.#erase(id)
    }
    await Promise.all(specs.map((spec) => this.#write(spec)))
  }

  /**
   * Writes the files of new specs and adds each to supervisord as its own group. If it refuses one, none is
   * added.
   */
  async add(specs: readonly ProcessSpec[]): Promise<void> {
    const { daemon } = this.#deps
    try {
      await everyEnd(specs.map((spec) => this.#write(spec)))
      // This only reads the files and reports differences. Running programs are not affected.
      await daemon.call('supervisor.reloadConfig')
      await everyEnd(
        specs.map(({ id }) => callExcept(daemon, [faults.alreadyAdded], 'supervisor.addProcessGroup', id)),
      )
    } catch (error) {
      for (const spec of specs) await this.#erase(spec.id)
      throw error
    }
  }

  /** Whether programs that ask for a sandbox get one. */
  get hasSandbox(): boolean {
    return this.#deps.sandbox?.status.state === 'on'
  }

  /**
   * Rewrites the launch file of a program that is not running. supervisord reads the file at each start.
   */
  async writeLaunch(spec: ProcessSpec): Promise<void> {
    const { launch } = this.#filesOf(spec.id)
    const { sandbox = noSandbox, limiter } = this.#deps
    const launched = await launchedSpec(spec, { sandbox, limitFolders: limiter.folders(spec.id) })
    await writeFileAtomically(launch, renderLaunch(launched), 0o400)
    if (spec.user) await chown(launch, spec.user.uid, spec.user.gid)
  }

  /** Removes a stopped program from supervisord, and deletes its files. */
  async remove(id: string): Promise<void> {
    await callExcept(this.#deps.daemon, [faults.badName], 'supervisor.removeProcessGroup', id)
    await this.#erase(id)
  }

  /** Returns supervisord's information about all programs. */
  async infos(): Promise<Map<string, SupervisorInfo>> {
    const all = z.array(supervisorInfo).parse(await this.#deps.daemon.call('supervisor.getAllProcessInfo'))
    return new Map(all.map((info) => [info.name, info]))
  }

  /** Returns supervisord's information about one program. */
  async info(id: string): Promise<SupervisorInfo> {
    return supervisorInfo.parse(await this.#deps.daemon.call('supervisor.getProcessInfo', id))
  }

  #filesOf(id: string): { conf: string; launch: string; enter: string } {
    const { folder } = this.#deps
    return {
      conf: join(folder, supervisorFiles.programs, `${id}.conf`),
      launch: join(folder, supervisorFiles.launch, `${id}.sh`),
      enter: join(folder, supervisorFiles.launch, `${id}.enter.sh`),
    }
  }

  async #write(spec: ProcessSpec): Promise<void> {
    const { folder, limiter, logRotation } = this.#deps
    const files = this.#filesOf(spec.id)
    const entrance = await limiter.commands(spec)
    const around = { entrance, socket: this.socketOf(spec), logRotation }
    const conf = renderProgramConf(spec, folder, around)
    const enter = renderEnter(spec, entrance)
    await mkdir(dirname(spec.stdoutLog), { recursive: true })
    await mkdir(dirname(spec.stderrLog), { recursive: true })
    await this.writeLaunch(spec)
    if (enter !== null) await writeFileAtomically(files.enter, enter, 0o400)
    await writeFileAtomically(files.conf, conf, 0o600)
  }

  async #erase(id: string): Promise<void> {
    const { conf, launch, enter } = this.#filesOf(id)
    const socket = this.#deps.sockets.pathFor(id)
    for (const file of [conf, launch, enter, socket]) await rm(file, { force: true })
  }
}
