import { stat } from 'node:fs/promises'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { ProcessReason } from '../../adapters/process-runner/process-reason.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { Words } from '../../lib/words.ts'
import type { PullWaiter } from '../images/image-registry.ts'
import type { HealthPath } from './health-path.ts'
import type { LiveInstance } from './instance-monitor.ts'
import type { InstancesDeps } from './instances.usecases.ts'
import type { KnownInstance } from './known-instance.ts'
import { tailSince, withoutProbes } from './log-lines.ts'
import { logFilesOf } from './log-names.ts'
import { reasonLines, startReasonWords, type Reason } from './reason.ts'

/** An instance that is ready: where it is reached, the health path that its start has shown, and its log since then. */
export type ReadyInstance = {
  ready: true
  endpoint: InstanceEndpoint
  healthPath: HealthPath
  lines: () => Promise<string[]>
}

/**
 * How waiting for an instance ended. `reason` is a sentence for everybody. `lines` are only for people who
 * may read logs: details that the reason leaves out, and the log since the start.
 */
export type StartResult = ReadyInstance | { ready: false; reason: Words; lines: string[] }

/** How often a starting instance is probed, in milliseconds. Often, because many are ready soon. */
const readyEveryMs = 25
const readySlowingToMs = 150
/** Longer than any probe takes, in milliseconds. */
const oneLookMs = 10_000
/** The number of log lines that tell why an instance did not become ready. */
const keptLines = 40

const sizeOf = async (path: string) => (await stat(path).catch(() => null))?.size ?? 0

const failedStates: ReadonlySet<LiveInstance['state']> = new Set(['BACKOFF', 'EXITED', 'FATAL'])

const crashRestartsOf = (live: LiveInstance | null) => live?.report?.restarts ?? 0

/**
 * Why an instance will not become ready, or null while it still may. `restartsBefore` are the restarts before
 * this start.
 */
function whyNot(live: LiveInstance | null, restartsBefore: number): Reason | null {
  if (!live) return { code: 'gone' }
  const ended = (reason: ProcessReason): Reason => ({ code: 'process', reason, lines: [] })
  if (failedStates.has(live.state)) return live.reason ?? ended({ code: 'could_not_start' })
  // The pause before the restart was too short to be seen. What is known of the new process is not the reason.
  if (crashRestartsOf(live) > restartsBefore)
    return ended(live.report?.lastEnd ?? { code: 'could_not_start' })
  const isHopeless = live.health === 'SETUP_FAILED' || live.health === 'DEFUNCT'
  return isHopeless ? live.reason : null
}

/**
 * Starts an instance and waits until its health is READY or BUSY. Does not start it if its service takes too much of the
 * disk, or if its image is gone for good. Ends early if the process ends or its setup
 * fails. If another process takes its port, the runner starts it again with another port. Every attempt has
 * the full time to become ready, and new ports are tried for the same time.
 */
export async function startInstance(
  deps: InstancesDeps,
  instance: KnownInstance,
  { signal, report }: PullWaiter,
): Promise<StartResult> {
  // The nodes of a cluster fetch it themselves.
  const image = instance.mode === 'kubernetes' ? null : instance.image
  const obstacle =
    deps.disk.fullOf(instance.serviceId) ?? (image ? await deps.ensureImage(image, { signal, report }) : null)
  if (obstacle) return { ready: false, reason: obstacle, lines: [] }
  const { stdoutLog, stderrLog } = logFilesOf(deps.settings.paths, instance)
  const before = { stdout: await sizeOf(stdoutLog), stderr: await sizeOf(stderrLog) }
  const lines = async () => {
    const mask = await deps.maskOf(instance.serviceId)
    const all = [
      ...(await tailSince(stdoutLog, before.stdout)),
      ...(await tailSince(stderrLog, before.stderr)),
    ]
    return withoutProbes(all, instance.health.path).slice(-keptLines).map(mask)
  }
  const restartsBefore = crashRestartsOf(deps.monitor.get(instance.id))
  await deps.runner.start(instance.id)
  const startupMs = instance.health.startup_timeout_s * 1000
  const begunAt = Date.now()
  let processSince = begunAt
  const ended = await waitFor(
    async () => {
      const live = await deps.monitor.probeNow(instance.id)
      if (live?.endpoint && (live.health === 'READY' || live.health === 'BUSY'))
        return { ready: true as const, endpoint: live.endpoint, healthPath: live.healthPath }
      const reason = whyNot(live, restartsBefore)
      if (reason !== null) return { ready: false as const, reason }
      const now = Date.now()
      if (live?.report?.lostPort && now - begunAt < startupMs) processSince = now
      return now - processSince >= startupMs ? { ready: false as const, reason: null } : null
    },
    {
      timeoutMs: 2 * startupMs + oneLookMs,
      everyMs: readyEveryMs,
      slowingToMs: readySlowingToMs,
      signal,
    },
  )
  if (ended?.ready) return { ...ended, lines }
  const logged = await lines()
  const seconds = instance.health.startup_timeout_s
  const last = await deps.monitor.lastFinding(instance.id)
  // If it has ended in the meantime, as its log may show already, more time would not have helped.
  const reason: Reason = ended?.reason ??
    whyNot(deps.monitor.get(instance.id), restartsBefore) ?? { code: 'not_ready', seconds, last }
  const beside = reason.code === 'process' ? [] : reasonLines(reason).filter((line) => !logged.includes(line))
  return { ready: false, reason: startReasonWords(reason, logged), lines: [...beside, ...logged] }
}
