import { copyFile, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFfmpegTools } from './ffmpeg.driver.ts'
import {
  ffmpeg,
  ffmpegPath,
  ffprobePath,
  frameNumbers,
  jobsHere,
  needsFfmpeg,
  numberedFrames,
  sine,
} from './media-tools.test-media.ts'
import type { MediaTools } from './media-tools.ts'
import { perSecond } from './playable.ts'

/** More than any result in these tests. */
const mostBytes = 1e9
const times = (length: number) => Array.from({ length }, (_, n) => n)

describe.skipIf(needsFfmpeg !== '')(`media tools${needsFfmpeg}`, { timeout: 180_000 }, () => {
  let folder: string
  let tools: MediaTools
  const at = (name: string) => join(folder, name)
  const make = async (name: string, ...args: string[]) => {
    await ffmpeg(...args, at(name))
    return at(name)
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-media-'))
    tools = createFfmpegTools({
      ffmpeg: ffmpegPath ?? '',
      ffprobe: ffprobePath ?? '',
      ...jobsHere,
      folder: at('work'),
    })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const h264 = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p']

  describe('looking at a file', () => {
    test('H.264 in MP4 is playable as it is; size, duration, rate and sound are found', async () => {
      const file = await make('a.mp4', ...numberedFrames(50, '25'), ...h264)
      expect(await tools.probe({ file })).toEqual({
        kind: 'video',
        mime: 'video/mp4',
        videoCodec: 'h264',
        audioCodec: null,
        width: 80,
        height: 48,
        durationS: 2,
        frameRate: { num: 25, den: 1 },
        playableAs: 'video/mp4',
      })
    })

    test.each([
      ['mjpeg.avi', ['-c:v', 'mjpeg'], 'mjpeg'],
      ['mpeg4.avi', ['-c:v', 'mpeg4'], 'mpeg4'],
      ['mpeg4.mp4', ['-c:v', 'mpeg4'], 'mpeg4'],
      ['high444.mp4', ['-c:v', 'libx264', '-pix_fmt', 'yuv444p'], 'h264'],
      ['h264.mkv', h264, 'h264'],
    ])('%s is not played by every browser', async (name, codec, videoCodec) => {
      const file = await make(name, ...numberedFrames(20, '10'), ...codec)
      expect(await tools.probe({ file })).toMatchObject({ kind: 'video', videoCodec, playableAs: null })
    })

    test('VP8 in WebM is playable as it is', async () => {
      const file = await make(
        'a.webm',
        ...numberedFrames(20, '10'),
        '-c:v',
        'libvpx',
        '-deadline',
        'realtime',
      )
      expect(await tools.probe({ file })).toMatchObject({
        playableAs: 'video/webm',
        frameRate: { num: 10, den: 1 },
      })
    })

    test('the rotation that a file asks for is applied to its size', async () => {
      await make('flat.mp4', ...numberedFrames(10, '10'), ...h264)
      const file = await make('turned.mp4', '-display_rotation', '90', '-i', at('flat.mp4'), '-c', 'copy')
      expect(await tools.probe({ file })).toMatchObject({ width: 48, height: 80 })
    })

    test.each([
      ['a.wav', [], 'audio/wav', 'audio/wav'],
      ['a.mp3', ['-c:a', 'libmp3lame'], 'audio/mpeg', 'audio/mpeg'],
      ['a.flac', [], 'audio/flac', 'audio/flac'],
      ['a.ogg', ['-c:a', 'libvorbis'], 'audio/ogg', 'audio/ogg'],
      ['a.aiff', [], 'audio/aiff', null],
    ])('%s is sound of %s', async (name, codec, mime, playableAs) => {
      const file = await make(name, ...sine(1), ...codec)
      const facts = await tools.probe({ file })
      expect(facts).toMatchObject({ kind: 'audio', mime, playableAs, frameRate: null, width: null })
      expect(facts.durationS).toBeCloseTo(1, 0)
    })

    test('the content decides, not the file extension', async () => {
      const file = await make('b.wav', ...sine(1))
      await copyFile(file, at('lies.mp4'))
      expect(await tools.probe({ file: at('lies.mp4') })).toMatchObject({ kind: 'audio', mime: 'audio/wav' })
    })

    test('the frames of a recording without a duration in its header are counted', async () => {
      const bytes = await ffmpeg(
        ...[
          ...numberedFrames(30, '10'),
          '-c:v',
          'libvpx',
          '-deadline',
          'realtime',
          '-f',
          'webm',
          '-live',
          '1',
          '-',
        ],
      )
      await writeFile(at('live.webm'), bytes)
      const facts = await tools.probe({ file: at('live.webm') })
      expect(facts.durationS).toBeCloseTo(3, 0)
      expect(facts.frameRate && perSecond(facts.frameRate)).toBeCloseTo(10, 0)
    })
  })

  describe('refusing', () => {
    const unreadable = (file: string) =>
      expect(tools.probe({ file })).rejects.toMatchObject({ code: 'media.unreadable' })

    test('an empty file', async () => {
      await writeFile(at('empty.mp4'), '')
      await unreadable(at('empty.mp4'))
    })

    test('a video whose end, with its index, is missing', async () => {
      const file = await make('whole.mp4', ...numberedFrames(20, '10'), ...h264)
      await truncate(file, Math.floor((await stat(file)).size / 2))
      await unreadable(file)
    })

    test('text under the name of a video', async () => {
      await writeFile(at('text.mp4'), 'this is no video\n'.repeat(100))
      await unreadable(at('text.mp4'))
    })

    test.each([
      [
        'hls.mp4',
        (file: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://${file}\n#EXT-X-ENDLIST\n`,
      ],
      [
        'hls.m3u8',
        (file: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${file}\n#EXT-X-ENDLIST\n`,
      ],
      ['concat.mp4', (file: string) => `ffconcat version 1.0\nfile '${file}'\n`],
    ])('%s, a list that names other files', async (name, list) => {
      const secret = await make('secret.ts', ...numberedFrames(10, '10'), '-c:v', 'mpeg2video', '-r', '25')
      await writeFile(at(name), list(secret))
      await unreadable(at(name))
    })

    test('the reason does not contain paths of files', async () => {
      await writeFile(at('noise.mp4'), Buffer.alloc(5000, 7))
      const error = await tools.probe({ file: at('noise.mp4') }).catch((reason: Error) => reason)
      expect(String(error)).not.toContain(folder)
    })
  })

  describe('making the playable form', () => {
    const transcode = async (source: string, onProgress?: (share: number) => void) => {
      const facts = await tools.probe({ file: source })
      const target = `${source}.playable`
      const mime = await tools.transcode({
        file: source,
        target,
        mostBytes,
        facts,
        ...(onProgress && { onProgress }),
      })
      return { mime, target, facts, made: await tools.probe({ file: target }) }
    }

    test.each([
      ['t-mjpeg.avi', '25', ['-c:v', 'mjpeg', '-q:v', '2']],
      ['t-mpeg4.avi', '30000/1001', ['-c:v', 'mpeg4', '-q:v', '2']],
      ['t-bframes.mkv', '24', [...h264, '-bf', '3']],
    ])('frame n of %s is frame n of what is played', async (name, rate, codec) => {
      const source = await make(name, ...numberedFrames(90, rate), ...codec)
      const { mime, target, facts, made } = await transcode(source)
      expect(mime).toBe('video/mp4')
      expect(made).toMatchObject({ videoCodec: 'h264', playableAs: 'video/mp4', frameRate: facts.frameRate })
      expect(await frameNumbers(target)).toEqual(times(90))
    })

    test('the same holds for a video with an irregular frame rate', async () => {
      const [frames = '', ...rest] = numberedFrames(90, '30').toReversed()
      const source = await make(
        't-irregular.mp4',
        ...rest.toReversed(),
        `${frames},select='lt(n,10)+gt(mod(n,5),2)'`,
        ...['-fps_mode', 'vfr', ...h264],
      )
      const { target, facts, made } = await transcode(source)
      expect(facts.playableAs).toBeNull()
      expect(made.playableAs).toBe('video/mp4')
      expect(await frameNumbers(target)).toEqual(
        times(1000)
          .filter((n) => n < 10 || n % 5 > 2)
          .slice(0, 90),
      )
    })

    test('odd sizes get another column and row, sound is kept, progress is reported', async () => {
      const source = await make(
        't-odd.avi',
        ...[
          '-f',
          'lavfi',
          '-i',
          'testsrc=s=75x49:r=10:d=2',
          ...sine(2),
          '-c:v',
          'mjpeg',
          '-c:a',
          'pcm_s16le',
        ],
      )
      const shares: number[] = []
      const { facts, made } = await transcode(source, (share) => shares.push(share))
      expect(facts).toMatchObject({ width: 75, height: 49, audioCodec: 'pcm_s16le' })
      expect(made).toMatchObject({ width: 76, height: 50, audioCodec: 'aac' })
      expect(shares.at(-1)).toBeGreaterThan(0.8)
    })

    test('sound that browsers do not play becomes AAC', async () => {
      const { mime, made } = await transcode(await make('t.aiff', ...sine(1)))
      expect(mime).toBe('audio/mp4')
      expect(made).toMatchObject({ kind: 'audio', audioCodec: 'aac', playableAs: 'audio/mp4' })
    })

    test('an abort ends the work at once', async () => {
      const source = await make(
        't-long.avi',
        ...['-f', 'lavfi', '-i', 'testsrc=s=320x240:r=25:d=60'],
        '-c:v',
        'mjpeg',
      )
      const facts = await tools.probe({ file: source })
      const controller = new AbortController()
      const work = tools.transcode({
        mostBytes,
        file: source,
        target: at('t-long.mp4'),
        facts,
        signal: controller.signal,
        onProgress: () => controller.abort(new Error('no longer wanted')),
      })
      await expect(work).rejects.toThrow('no longer wanted')
    })
  })

  test('a waveform follows how loud a sound is', async () => {
    const file = await make(
      'loud.wav',
      ...['-f', 'lavfi', '-i', `aevalsrc='sin(440*2*PI*t)*if(lt(t,5),0.1,0.8)':s=16000:d=10`],
    )
    const form = await tools.waveform({ file })
    expect(form.duration_s).toBeCloseTo(10, 1)
    expect(form.peaks.length / 2).toBeLessThanOrEqual(1600)
    expect((form.peaks.length / 2) * form.samples_per_peak).toBeCloseTo(
      form.duration_s * form.sample_rate,
      -3,
    )
    const quarter = Math.floor(form.peaks.length / 8) * 2
    expect(form.peaks[quarter + 1]).toBeCloseTo(0.1, 1)
    expect(form.peaks[quarter * 3 + 1]).toBeCloseTo(0.8, 1)
    expect(form.peaks[quarter * 3]).toBeCloseTo(-0.8, 1)
  })

  test('a working folder is removed when the work is done, whether it succeeds or fails', async () => {
    const seen = await tools.inFolder(async (own) => {
      await writeFile(join(own, 'x'), 'x')
      return readFile(join(own, 'x'), 'utf8')
    })
    expect(seen).toBe('x')
    await expect(tools.inFolder(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await readdir(at('work'))).toEqual([])
  })
})
