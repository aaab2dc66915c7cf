import { randomUUID } from 'node:crypto'
import { chmod, chown, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Programs } from './ffmpeg-command.ts'
import type { MediaTools } from './media-tools.ts'
import { poster, thumb } from './pictures.ts'
import { probe } from './probe.ts'
import { transcode } from './transcode.ts'
import { waveform } from './waveform.ts'

/** Media tools over the ffmpeg of this machine (tried with 7.1); `folder` holds the folders of work under way. */
export function createFfmpegTools(options: Programs & { folder: string }): MediaTools {
  const { folder, ...programs } = options
  return {
    async inFolder(work) {
      const own = join(folder, randomUUID())
      await mkdir(own, { recursive: true })
      try {
        await chmod(own, 0o700)
        if (programs.user) await chown(own, programs.user.uid, programs.user.gid)
        return await work(own)
      } finally {
        await rm(own, { recursive: true, force: true })
      }
    },
    probe: (job) => probe(programs, job),
    transcode: (job) => transcode(programs, job),
    poster: (job) => poster(programs, job),
    thumb: (job) => thumb(programs, job),
    waveform: (job) => waveform(programs, job),
  }
}
