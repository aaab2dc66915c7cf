import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { imageSizeFromFile } from 'image-size/fromFile'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFfmpegTools } from './ffmpeg.driver.ts'
import { ffmpeg, ffmpegPath, ffprobePath, jobsHere, needsFfmpeg } from './media-tools.test-media.ts'
import type { MediaTools } from './media-tools.ts'

/** More than any result in these tests. */
const mostBytes = 1e9

describe.skipIf(needsFfmpeg !== '')(`pictures of media${needsFfmpeg}`, { timeout: 180_000 }, () => {
  let folder: string
  let tools: MediaTools
  const at = (name: string) => join(folder, name)
  const make = async (name: string, ...args: string[]) => {
    await ffmpeg(...args, at(name))
    return at(name)
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-pictures-'))
    const programs = { ffmpeg: ffmpegPath ?? '', ffprobe: ffprobePath ?? '' }
    tools = createFfmpegTools({ ...programs, ...jobsHere, folder: at('work') })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('the poster of a video has its aspect ratio', async () => {
    const file = await make('p.avi', '-f', 'lavfi', '-i', 'testsrc=s=160x90:r=10:d=2', '-c:v', 'mjpeg')
    await tools.poster({ file, mostBytes, target: at('poster'), facts: await tools.probe({ file }) })
    expect(await imageSizeFromFile(at('poster'))).toMatchObject({ type: 'jpg', width: 160, height: 90 })
  })

  test('a picture of 8K is scaled down', async () => {
    const file = await make('8k.png', '-f', 'lavfi', '-i', 'color=red:s=7680x4320', '-frames:v', '1')
    await tools.picture({ file, mostBytes, width: 480, target: at('8k.thumb') })
    expect(await imageSizeFromFile(at('8k.thumb'))).toMatchObject({ width: 480, height: 270 })
  })

  test('a picture that is too large is refused', async () => {
    const file = await make(
      'huge.png',
      '-f',
      'lavfi',
      '-i',
      'color=red:s=16000x9000',
      '-pix_fmt',
      'monow',
      '-frames:v',
      '1',
    )
    await expect(
      tools.picture({ file, mostBytes, width: 480, target: at('huge.thumb') }),
    ).rejects.toMatchObject({
      code: 'media.unreadable',
    })
  })

  test.each([
    [1, 'top left'],
    [2, 'top right'],
    [3, 'bottom right'],
    [4, 'bottom left'],
    [5, 'top left'],
    [6, 'top right'],
    [7, 'bottom right'],
    [8, 'bottom left'],
  ])('of EXIF orientation %i the stored first corner is shown at the %s', async (orientation, corner) => {
    const file = await make(
      `corner-${orientation}.png`,
      ...['-f', 'lavfi', '-i', 'color=black:s=64x32,drawbox=w=16:h=8:color=white:t=fill', '-frames:v', '1'],
    )
    await tools.picture({ file, mostBytes, width: 480, target: at('corner.thumb'), orientation })
    const turned = orientation > 4
    expect(await imageSizeFromFile(at('corner.thumb'))).toMatchObject({
      width: turned ? 32 : 64,
      height: turned ? 64 : 32,
    })
    const gray = await ffmpeg(
      '-f',
      'mjpeg',
      '-i',
      at('corner.thumb'),
      '-vf',
      'scale=2:2:flags=area',
      '-f',
      'rawvideo',
      '-pix_fmt',
      'gray',
      '-',
    )
    const brightest = gray.indexOf(Math.max(...gray))
    expect(['top left', 'top right', 'bottom left', 'bottom right'][brightest]).toBe(corner)
  })

  test('transparent pixels become white', async () => {
    const file = await make(
      'clear.png',
      '-f',
      'lavfi',
      '-i',
      'color=black@0:s=16x16,format=rgba',
      '-frames:v',
      '1',
    )
    await tools.picture({ file, mostBytes, width: 480, target: at('clear.thumb') })
    const gray = await ffmpeg(
      '-f',
      'mjpeg',
      '-i',
      at('clear.thumb'),
      '-f',
      'rawvideo',
      '-pix_fmt',
      'gray',
      '-',
    )
    expect(Math.min(...gray)).toBeGreaterThan(240)
  })
})
