import type { Output } from '@vitrine/contract'
import { join } from 'node:path'
import type { TestBrowser, Visit } from '../support/browser.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { assetOf, type ViewerPage } from '../support/viewer-page.ts'
import { noteRenderings } from './overlay.page.ts'

/** The number of frames of every video here. */
export const frameCount = 800
const size = { width: 640, height: 480 }

/** Frame rates in the form of ffmpeg: that of television, and that of a display. */
export type Rate = '30000/1001' | '60/1'
/** A rate as a number. */
export const perSecond = (rate: Rate): number => {
  const [frames = 0, seconds = 1] = rate.split('/').map(Number)
  return frames / seconds
}

/**
 * Makes a video in which each picture shows its frame number as ten columns, one for each bit, white for 1,
 * with the lowest bit at the left.
 */
const makeVideo = (file: string, rate: Rate): Promise<void> =>
  ffmpeg(
    ...['-f', 'lavfi', '-i', `nullsrc=s=10x8:r=${rate}`, '-frames:v', String(frameCount), '-vf'],
    "format=gray,geq=lum='255*mod(floor(N/pow(2,X)),2)',scale=640:480:flags=neighbor,format=yuv420p",
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-g', '120', '-movflags', '+faststart', file],
  )

/** One box whose place encodes the frame: 32 places in a row, 25 rows. */
const boxOf = (frame: number): number[] => [
  ...[frame, (frame % 32) * 20 + 5, Math.floor(frame / 32) * 19 + 4, 10, 10, 0.9],
]
const tracks = (fps: number, all: { id: number; label: string; frames: number[][] }[]): Output => ({
  kind: 'tracks',
  data: { fps, frame_count: frameCount, ...size, tracks: all },
})
const everyFrame = <Value>(make: (frame: number) => Value): Value[] =>
  Array.from({ length: frameCount }, (_, frame) => make(frame))

/** One box in every frame, whose place encodes the frame number. */
export const numberedBoxes: Output = tracks(30, [{ id: 1, label: 'square', frames: everyFrame(boxOf) }])

/** Fifty walking people in every frame. */
export const crowdAt = (fps: number): Output =>
  tracks(
    fps,
    Array.from({ length: 50 }, (_, id) => ({
      id,
      label: 'person',
      frames: everyFrame((frame) => [
        ...[frame, (id * 13 + frame) % 600, ((id * 37) % 400) + 20, 30, 60, 0.5 + (id % 5) / 10],
      ]),
    })),
  )

/** Videos with boxes over them, each in a new page of a browser. */
export class OverlayScene {
  readonly #page: ViewerPage
  readonly #browser: TestBrowser
  readonly #made = new Map<Rate, string>()

  constructor(page: ViewerPage, browser: TestBrowser) {
    this.#page = page
    this.#browser = browser
  }

  async #videoAt(rate: Rate): Promise<string> {
    const made =
      this.#made.get(rate) ?? join(this.#page.folder, `numbered-${Math.round(perSecond(rate))}.mp4`)
    if (!this.#made.has(rate)) await makeVideo(made, rate)
    this.#made.set(rate, made)
    return made
  }

  /** Shows boxes over the numbered video. Resolves once it can be played. */
  async open(output: Output, { rate = '30000/1001', scale = 1 }: { rate?: Rate; scale?: number } = {}) {
    const file = await this.#videoAt(rate)
    const facts = { frame_rate: perSecond(rate), ...size, variants: ['playable' as const] }
    const asset = assetOf({ id: 'numbered', kind: 'video', ...facts })
    const forms = { playable: { file, mime: 'video/mp4' } }
    this.#page.show({
      outputs: [output],
      input: { asset_id: 'numbered' },
      media: { numbered: { asset, forms } },
    })
    const look = { language: 'en' as const, width: 700, height: 900, scale }
    const visit = await this.#browser.visit(this.#page.origin, look)
    await visit.page.addInitScript(noteRenderings)
    await visit.page.goto('/?language=en')
    const play = visit.page.getByRole('button', { name: 'Play', exact: true })
    await play.and(visit.page.locator(':enabled')).waitFor()
    return visit
  }

  /** Hides everything but the boxes, so that their places can be read from the pixels. */
  async leaveBoxesOnly({ page }: Visit): Promise<void> {
    await page.getByLabel('Show labels').uncheck()
    await page.getByLabel('Show trails').uncheck()
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await this.#page.close()
  }
}

/**
 * A generator of the same numbers between 0 and 1 at every run (Lehmer's generator with Park and Miller's
 * revised multiplier).
 */
export const repeatableRandom = (seed: number): (() => number) => {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}
