import type { Host } from '@vitrine/contract'
import type { Clock } from '../../lib/clock.ts'
import { usageSampler, type Usage } from '../../lib/procfs/process-usage.ts'
import { coalesce } from '../../lib/coalesce.ts'
import { coresInUse, readCpu, readMemory, type CpuReading } from './machine-readings.ts'

type Point = Host['points'][number]

/** A process of the platform itself. */
export type PlatformProcess = { name: Host['processes'][number]['name']; pid: number }

const everyMs = 15_000
const kept = 240
/** Readings are never older than this, in milliseconds. */
const freshMs = 3_000

/**
 * Keeps the last hour of the machine's usage, one point every 15 s, and measures what the platform's own
 * processes use.
 */
export function createHostMonitor(deps: {
  /** The running processes of the platform. */
  processes: () => Promise<PlatformProcess[]>
  /** The main processes of the instances. Their descendants do not count as the platform's. */
  instancePids: () => readonly number[]
  clock: Clock
  onError: (error: unknown) => void
}) {
  const sampler = usageSampler()
  const points: Point[] = []
  let timer: NodeJS.Timeout | undefined
  let lastCpu: CpuReading | null = null
  let now: { cpu: number | null; processes: (PlatformProcess & { usage: Usage })[] } = {
    cpu: null,
    processes: [],
  }
  let sampledAt = -Infinity

  const sample = coalesce(async () => {
    if (performance.now() - sampledAt < freshMs) return
    const processes = await deps.processes()
    const usage = await sampler.sample([...processes.map((one) => one.pid), ...deps.instancePids()])
    const cpu = readCpu()
    now = {
      cpu: coresInUse(lastCpu, cpu),
      processes: processes.flatMap((one) => {
        const used = usage.get(one.pid)
        return used ? [{ ...one, usage: used }] : []
      }),
    }
    lastCpu = cpu
    sampledAt = performance.now()
  })

  async function keepPoint(): Promise<void> {
    await sample()
    points.push({
      at: deps.clock().toISOString(),
      cpu: now.cpu,
      memory_bytes: readMemory().used_bytes,
    })
    if (points.length > kept) points.splice(0, points.length - kept)
  }

  return {
    /** Starts to record points. */
    start(): void {
      timer = setInterval(() => void keepPoint().catch(deps.onError), everyMs)
      timer.unref()
      void keepPoint().catch(deps.onError)
    },
    close(): void {
      clearInterval(timer)
    },
    /**
     * The current usage: cores in use on the whole machine, and the usage of each platform process with its
     * descendants.
     */
    async current(): Promise<{ cpu: number | null; processes: Host['processes'] }> {
      await sample()
      return {
        cpu: now.cpu,
        processes: now.processes.map(({ name, pid, usage }) => ({
          name,
          pid,
          cpu: usage.cpu,
          memory_bytes: usage.memoryBytes,
        })),
      }
    },
    /** The points of the last hour, oldest first. */
    points: (): Point[] => [...points],
  }
}

/** The present and past usage of the machine. */
export type HostMonitor = ReturnType<typeof createHostMonitor>
