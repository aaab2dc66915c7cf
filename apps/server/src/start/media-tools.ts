import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createFfmpegTools } from '../adapters/media-tools/ffmpeg.driver.ts'
import type { MediaTools } from '../adapters/media-tools/media-tools.ts'
import { openLimitedJobs, type LimitedJobs } from '../adapters/process-runner/resource-limits/limited-jobs.ts'
import { findProgram } from '../lib/find-program.ts'
import { removeFolder } from '../lib/foreign-folder.ts'
import { installationsOf } from '../lib/sandbox/installation.ts'
import type { Sandbox } from '../lib/sandbox/sandbox.ts'
import { limitsWithin } from '../modules/quotas/instance-limits.ts'
import { ceilingsHere } from './ceilings.ts'
import type { DriverInput } from './driver-input.ts'

/** How many megabytes of addresses ffmpeg reserves and does not use: for its libraries, and for the threads of each core. */
const reservedMb = 512 + 96 * availableParallelism()

/** What runs media jobs within the limits of an instance. Their memory is limited on every machine. */
async function limitedMedia({ paths, settings, shutdown }: DriverInput): Promise<LimitedJobs> {
  const { ceilings } = await ceilingsHere(settings)
  const { memory_mb } = ceilings.most
  const limits = { ...limitsWithin(ceilings, {}), ...(memory_mb !== undefined && { memory_mb }) }
  const place = { owner: paths.media, stateFile: join(paths.run, 'media', 'cgroups.json') }
  const jobs = await openLimitedJobs(place, limits, { reservedMb })
  shutdown.add('limits of media jobs', () => jobs.close())
  return jobs
}

/** Opens the media tools. Null if ffmpeg is not installed. */
export async function openMediaTools(input: DriverInput, sandbox: Sandbox): Promise<MediaTools | null> {
  const path = input.commandEnv.PATH ?? ''
  const [ffmpeg, ffprobe, nice] = await Promise.all(
    ['ffmpeg', 'ffprobe', 'nice'].map((name) => findProgram(name, path)),
  )
  if (!ffmpeg || !ffprobe) return null
  // The work of an earlier control plane starts again.
  await removeFolder(input.paths.media)
  await mkdir(input.paths.media, { mode: 0o711 })
  return createFfmpegTools({
    ffmpeg,
    ffprobe,
    nice: nice ?? null,
    accounts: input.jobAccounts,
    jobs: await limitedMedia(input),
    folder: input.paths.media,
    sandbox,
    read: await installationsOf([ffmpeg, ffprobe], input.paths.root),
  })
}
