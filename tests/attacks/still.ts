import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFfmpegTools } from '../../apps/server/src/adapters/media-tools/ffmpeg.driver.ts'
import { unlimitedJobs } from '../../apps/server/src/adapters/process-runner/resource-limits/limited-jobs.test-setup.ts'
import type { MediaFacts, MediaTools } from '../../apps/server/src/adapters/media-tools/media-tools.ts'

type Tools = Parameters<typeof createFfmpegTools>[0]
/** How it is run. Without `jobs`, it has no limits. */
type Jobs = Pick<Tools, 'accounts' | 'sandbox'> & Partial<Pick<Tools, 'jobs'>>

/** The most that a still may have in these tests, in bytes. */
export const mostBytes = 1_000_000

/** What is known of the video of which the tests make a still. */
export const videoFacts: MediaFacts = {
  kind: 'video',
  mime: 'video/mp4',
  videoCodec: 'h264',
  audioCodec: null,
  width: 80,
  height: 48,
  durationS: 0,
  frameRate: null,
  playableAs: null,
}

/**
 * Media tools in `folder` whose ffmpeg runs a script instead, as one would that a hostile file has taken over. Its last
 * argument is the variable `out`.
 */
export async function toolsThatRun(script: string, folder: string, jobs: Jobs): Promise<MediaTools> {
  const ffmpeg = join(folder, 'ffmpeg')
  const last = 'for out; do :; done; out="${out#file:}"'
  await writeFile(ffmpeg, `#!/bin/sh\n${last}\n${script}\n`, { mode: 0o755 })
  return createFfmpegTools({
    ffmpeg,
    ffprobe: ffmpeg,
    nice: null,
    read: [ffmpeg],
    folder: join(folder, 'work'),
    jobs: unlimitedJobs,
    ...jobs,
  })
}
