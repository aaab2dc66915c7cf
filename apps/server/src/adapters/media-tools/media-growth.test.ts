import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFfmpegTools } from './ffmpeg.driver.ts'
import { ffmpeg, ffmpegPath, ffprobePath, jobsHere, needsFfmpeg } from './media-tools.test-media.ts'
import { repeatedFrames } from './repeated-frames.test-media.ts'

/** A picture that takes many bytes in every format, as motion JPEG. */
const noise = (seed: number) =>
  ffmpeg(
    ...['-f', 'lavfi', '-i', `nullsrc=s=160x120,noise=alls=100:all_seed=${seed}`, '-frames:v', '1'],
    ...['-pix_fmt', 'yuvj420p', '-q:v', '2', '-f', 'mjpeg', '-'],
  )

test.skipIf(needsFfmpeg !== '')(
  `a small file that becomes a very large one is given up, and nothing of it is left${needsFfmpeg}`,
  { timeout: 180_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vitrine-growth-'))
    try {
      const programs = { ffmpeg: ffmpegPath ?? '', ffprobe: ffprobePath ?? '' }
      const tools = createFfmpegTools({ ...programs, ...jobsHere, folder: join(folder, 'work') })
      const file = join(folder, 'repeated.mov')
      const target = join(folder, 'playable')
      const pictures = [await noise(1), await noise(2)]
      const original = repeatedFrames(pictures, { times: 120, width: 160, height: 120 })
      await writeFile(file, original)
      const job = { file, target, facts: await tools.probe({ file }) }
      await tools.transcode({ ...job, mostBytes: 1e9 })
      expect((await stat(target)).size).toBeGreaterThan(original.length * 8)
      await rm(target)
      const work = tools.transcode({ ...job, mostBytes: original.length * 4 })
      await expect(work).rejects.toMatchObject({ code: 'media.result_too_large', status: 422 })
      expect((await readdir(folder)).filter((name) => name.includes('making'))).toEqual([])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)
