import { randomUUID } from 'node:crypto'
import { chmod, chown, lstat, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Programs } from './ffmpeg-command.ts'
import type { MediaTools } from './media-tools.ts'
import { picture, poster } from './pictures.ts'
import { probe } from './probe.ts'
import { transcode } from './transcode.ts'
import { waveform } from './waveform.ts'

/**
 * Takes ownership of a file that the low-privilege account wrote. Refuses anything except a plain file, which
 * could be an attack.
 */
async function takeOver(file: string): Promise<void> {
  if (!(await lstat(file)).isFile()) throw new Error(`${file} is no plain file`)
  const [uid, gid] = [process.getuid?.(), process.getgid?.()]
  if (uid === 0 && gid !== undefined) await chown(file, uid, gid)
}

/** Media tools that use this machine's ffmpeg (tested with 7.1). `folder` holds the working folders. */
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
    async transcode(job) {
      const mime = await transcode(programs, job)
      await takeOver(job.target)
      return mime
    },
    async poster(job) {
      await poster(programs, job)
      await takeOver(job.target)
    },
    async picture(job) {
      await picture(programs, job)
      await takeOver(job.target)
    },
    waveform: (job) => waveform(programs, job),
  }
}
