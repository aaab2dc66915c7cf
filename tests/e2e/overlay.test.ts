import type { Output } from '@vitrine/contract'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { describeInBrowser, openBrowser, type TestBrowser, type Visit } from '../support/browser.ts'
import { assetOf, ViewerPage } from '../support/viewer-page.ts'
import { countDrawings, noteRenderings, seekTo, watchFrames, type Frames } from './overlay.page.ts'

const frameCount = 800
const frameRate = 30_000 / 1001
const size = { width: 640, height: 480 }
const hasFfmpeg = existsSync('/usr/bin/ffmpeg')

/** Each frame's number in the picture: ten columns, a bit each, white for 1; lowest bit at the left. */
const makeVideo = async (file: string): Promise<void> => {
  const { exitCode, stderr } = await runCommand({
    file: '/usr/bin/ffmpeg',
    args: [
      ...['-v', 'error', '-f', 'lavfi', '-i', 'nullsrc=s=10x8:r=30000/1001', '-frames:v', String(frameCount)],
      ...[
        '-vf',
        "format=gray,geq=lum='255*mod(floor(N/pow(2,X)),2)',scale=640:480:flags=neighbor,format=yuv420p",
      ],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-g', '120', '-movflags', '+faststart', file],
    ],
    cwd: '/',
    env: {},
  })
  if (exitCode !== 0) throw new Error(stderr.join('\n'))
}

/** One box whose place says the frame: 32 places in a row, 25 rows. */
const boxOf = (frame: number): number[] => [
  ...[frame, (frame % 32) * 20 + 5, Math.floor(frame / 32) * 19 + 4, 10, 10, 0.9],
]
const result: Output = {
  kind: 'tracks',
  data: {
    ...{ fps: 30, frame_count: frameCount, ...size },
    tracks: [
      { id: 1, label: 'square', frames: Array.from({ length: frameCount }, (_, frame) => boxOf(frame)) },
    ],
  },
}
const crowd: Output = {
  kind: 'tracks',
  data: {
    ...{ fps: 30, frame_count: frameCount, ...size },
    tracks: Array.from({ length: 50 }, (_, id) => ({
      ...{ id, label: 'person' },
      frames: [...Array(frameCount).keys()].map((frame) => [
        ...[frame, (id * 13 + frame) % 600, ((id * 37) % 400) + 20, 30, 60, 0.5 + (id % 5) / 10],
      ]),
    })),
  },
}

describeInBrowser('boxes over a video', () => {
  let page: ViewerPage
  let browser: TestBrowser
  let visit: Visit

  beforeAll(async () => {
    page = await ViewerPage.open()
    browser = await openBrowser()
    await makeVideo(join(page.folder, 'numbered.mp4'))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await page?.close()
  })

  const open = async (output: Output, scale = 1): Promise<void> => {
    const asset = assetOf({
      id: 'numbered',
      kind: 'video',
      frame_rate: frameRate,
      ...size,
      variants: ['playable'],
    })
    const forms = { playable: { file: join(page.folder, 'numbered.mp4'), mime: 'video/mp4' } }
    page.show({ outputs: [output], input: { asset_id: 'numbered' }, media: { numbered: { asset, forms } } })
    visit = await browser.visit(page.origin, { language: 'en', width: 700, height: 900, scale })
    await visit.page.addInitScript(noteRenderings)
    await visit.page.goto('/?language=en')
    await visit.page
      .getByRole('button', { name: 'Play', exact: true })
      .and(visit.page.locator(':enabled'))
      .waitFor()
  }
  const plain = async (): Promise<void> => {
    await visit.page.getByLabel('Show labels').uncheck()
    await visit.page.getByLabel('Show trails').uncheck()
  }

  const settled = async (): Promise<Frames | undefined> =>
    (await visit.page.evaluate(watchFrames, { when: 'settled' as const, limitMs: 20_000 }))[0]

  test.each([1, 2])(
    'are never more than a frame off at %i×',
    { timeout: 150_000, skip: !hasFfmpeg },
    async (speed) => {
      await open(result)
      await plain()
      await visit.page.getByLabel('Speed').selectOption(String(speed))
      const samples = await visit.page.evaluate(watchFrames, { when: 'playing' as const, limitMs: 120_000 })
      expect(new Set(samples.map(({ video }) => video)).size).toBeGreaterThan(frameCount / 8)
      // The video goes on while the page is held up by other work of the machine: such a reading compares two moments.
      const read = samples.filter(({ tookMs = 0 }) => tookMs < 1000 / frameRate / speed)
      expect(read.length).toBeGreaterThan(samples.length * 0.8)
      const off = read.filter(({ video, overlay }) => Math.abs(video - overlay) > 1)
      expect(off).toEqual([])
      await visit.close()
    },
  )

  test(
    'are those of the very frame after fifty seeks and frame steps',
    { timeout: 150_000, skip: !hasFfmpeg },
    async () => {
      await open(result, 2)
      await plain()
      let seed = 7
      const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
      for (let round = 0; round < 50; round++) {
        const seconds = random() * (frameCount / frameRate - 0.01)
        await visit.page.evaluate(seekTo, seconds)
        const sought = await settled()
        expect(sought).toEqual({
          video: Math.floor(seconds * frameRate),
          overlay: Math.floor(seconds * frameRate),
        })
        const on = random() < 0.5
        const wanted = Math.max(0, Math.min(frameCount - 1, Math.floor(seconds * frameRate) + (on ? 1 : -1)))
        await visit.page.locator('.player').press(on ? '.' : ',')
        expect(await settled()).toEqual({ video: wanted, overlay: wanted })
      }
      await visit.close()
    },
  )

  test(
    'stay with their frame when the page changes its size',
    { timeout: 60_000, skip: !hasFfmpeg },
    async () => {
      await open(result)
      await plain()
      await visit.page.evaluate(seekTo, 10)
      const before = await settled()
      await visit.page.setViewportSize({ width: 480, height: 700 })
      await expect.poll(settled).toEqual(before)
      await visit.close()
    },
  )

  test(
    'are drawn as often as frames come, fifty of them with labels and trails',
    { timeout: 60_000, skip: !hasFfmpeg },
    async () => {
      await open(crowd)
      const { drawings, costMs } = await visit.page.evaluate(countDrawings, 3_000)
      expect(drawings).toBeGreaterThan(15)
      expect(costMs).toBeLessThan(1000 / 60)
      await visit.close()
    },
  )
})
