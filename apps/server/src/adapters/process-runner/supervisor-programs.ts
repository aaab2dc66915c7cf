import { chown, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomically } from '../../lib/write-file-atomically.ts'
import type { ProcessSpec } from './process-runner.ts'
import type { Limiter } from './resource-limits/resource-limits.ts'
import type { LogRotation } from './rotate-log.ts'
import { renderEnter, renderLaunch, renderProgramConf, supervisorFiles } from './supervisor-conf.ts'
import type { SupervisorDaemon } from './supervisor-daemon.ts'
import { supervisorInfo, type SupervisorInfo } from './supervisor-report.ts'
import { XmlRpcFault } from './xml-rpc.ts'

/** supervisord's fault numbers (supervisor/xmlrpc.py, class Faults). */
export const faults = {
  badName: 10,
  abnormal: 40,
  spawn: 50,
  alreadyStarted: 60,
  notRunning: 70,
  alreadyAdded: 90,
}

/** Calls supervisord; the named faults count as done. */
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

/** Waits until all have ended, then rejects as the first that did: what is undone then is not being done any more. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(work)
  await Promise.all(work)
}

/** The programs of a private supervisord: their files, and what it knows of them. */
export type SupervisorPrograms = ReturnType<typeof supervisorPrograms>

/** @param folder supervisord's own folder */
export function supervisorPrograms(
  folder: string,
  daemon: SupervisorDaemon,
  limiter: Limiter,
  rotation?: LogRotation,
) {
  const confOf = (id: string) => join(folder, supervisorFiles.programs, `${id}.conf`)
  const launchOf = (id: string) => join(folder, supervisorFiles.launch, `${id}.sh`)

  const enterOf = (id: string) => join(folder, supervisorFiles.launch, `${id}.enter.sh`)

  async function write(spec: ProcessSpec): Promise<void> {
    const entrance = await limiter.commands(spec)
    const conf = renderProgramConf(spec, folder, entrance, rotation)
    const launch = renderLaunch(spec)
    const enter = renderEnter(spec, entrance)
    await mkdir(dirname(spec.stdoutLog), { recursive: true })
    await mkdir(dirname(spec.stderrLog), { recursive: true })
    await writeFileAtomically(launchOf(spec.id), launch, 0o400)
    if (enter !== null) await writeFileAtomically(enterOf(spec.id), enter, 0o400)
    if (spec.user) {
      await chown(launchOf(spec.id), spec.user.uid, spec.user.gid)
      if (enter !== null && !entrance.asRoot) await chown(enterOf(spec.id), spec.user.uid, spec.user.gid)
    }
    await writeFileAtomically(confOf(spec.id), conf, 0o600)
  }

  async function erase(id: string): Promise<void> {
    await rm(confOf(id), { force: true })
    await rm(launchOf(id), { force: true })
    await rm(enterOf(id), { force: true })
  }

  return {
    erase,

    /** Makes the folders. Other users may pass through them, to their own launch file, and read nothing. */
    async prepare(): Promise<void> {
      for (const part of ['', supervisorFiles.programs, supervisorFiles.launch]) {
        await mkdir(join(folder, part), { recursive: true, mode: 0o711 })
      }
    },

    /** Makes the files on disk those of exactly these specs. */
    async writeAll(specs: readonly ProcessSpec[]): Promise<void> {
      const wanted = new Set(specs.map((spec) => spec.id))
      const names = await readdir(join(folder, supervisorFiles.programs))
      for (const name of names.filter((one) => one.endsWith('.conf'))) {
        if (!wanted.has(name.slice(0, -'.conf'.length))) await erase(name.slice(0, -'.conf'.length))
      }
      await Promise.all(specs.map(write))
    },

    /** Writes the files of new specs and makes supervisord know them, one group each; none of them if it refuses one. */
    async add(specs: readonly ProcessSpec[]): Promise<void> {
      try {
        await allOf(specs.map(write))
        // It only reads the files and reports differences; nothing running is touched.
        await daemon.call('supervisor.reloadConfig')
        await allOf(
          specs.map(({ id }) => callExcept(daemon, [faults.alreadyAdded], 'supervisor.addProcessGroup', id)),
        )
      } catch (error) {
        for (const spec of specs) await erase(spec.id)
        throw error
      }
    },

    /** Makes supervisord forget a stopped program, and deletes its files. */
    async remove(id: string): Promise<void> {
      await callExcept(daemon, [faults.badName], 'supervisor.removeProcessGroup', id)
      await erase(id)
    },

    /** What supervisord says of all programs. */
    async infos(): Promise<Map<string, SupervisorInfo>> {
      const all = z.array(supervisorInfo).parse(await daemon.call('supervisor.getAllProcessInfo'))
      return new Map(all.map((info) => [info.name, info]))
    },

    /** What it says of one. */
    info: async (id: string): Promise<SupervisorInfo> =>
      supervisorInfo.parse(await daemon.call('supervisor.getProcessInfo', id)),
  }
}
