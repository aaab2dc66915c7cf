import { openBrowser } from '../support/browser.ts'
import { ViewerPage } from '../support/viewer-page.ts'
import { countDrawings, countRenderings, seekTo, watchFrames, type Frames } from '../e2e/overlay.page.ts'
import {
  crowdAt,
  frameCount,
  numberedBoxes,
  OverlayScene,
  perSecond,
  repeatableRandom,
} from '../e2e/overlay.scene.ts'
import { beside } from './figures.ts'
import type { Measurement } from './gateway.ts'

const frameRate = perSecond('30000/1001')
const drawnForMs = 4_000
const playedForMs = 10_000
const seeks = 50
const limitMs = 60_000

type Off = { most: number; mean: number }
const offBy = (frames: readonly number[]): Off => ({
  most: Math.max(...frames),
  mean: frames.reduce((sum, off) => sum + off, 0) / frames.length,
})

/** Frames by which what is drawn was off what the video showed: our boxes, and boxes drawn by the player's clock. */
export const framesOff = (readings: readonly Frames[]): { ours: Off; byClock: Off } => ({
  ours: offBy(readings.map(({ video, overlay }) => Math.abs(video - overlay))),
  byClock: offBy(readings.map(({ video, byClock }) => Math.abs(video - byClock))),
})

const errorFigures = (when: string, readings: readonly Frames[]): Measurement[] => {
  const { ours, byClock } = framesOff(readings)
  const name = (what: string) =>
    `boxes off by frames ${when}, ${what} of ${readings.length} readings vs boxes drawn by the player’s clock`
  return [
    beside(name('maximum'), 'frames', ours.most, byClock.most),
    beside(name('mean'), 'frames', ours.mean, byClock.mean),
  ]
}

async function whilePlaying(scene: OverlayScene, speed: 1 | 2): Promise<Measurement[]> {
  const visit = await scene.open(numberedBoxes)
  await scene.leaveBoxesOnly(visit)
  await visit.page.getByLabel('Speed').selectOption(String(speed))
  const watched = { when: 'playing' as const, limitMs, frameRate, forMs: playedForMs / speed }
  const samples = await visit.page.evaluate(watchFrames, watched)
  await visit.close()
  // A reading that took longer than a frame is shown compares two moments.
  const readings = samples.filter(({ tookMs = 0 }) => tookMs < 1000 / frameRate / speed)
  return errorFigures(`at ${speed}×`, readings)
}

async function afterSeeks(scene: OverlayScene): Promise<Measurement[]> {
  const visit = await scene.open(numberedBoxes)
  await scene.leaveBoxesOnly(visit)
  const random = repeatableRandom(11)
  const readings: Frames[] = []
  for (let round = 0; round < seeks; round++) {
    await visit.page.evaluate(seekTo, random() * (frameCount / frameRate - 0.01))
    readings.push(
      ...(await visit.page.evaluate(watchFrames, { when: 'settled' as const, limitMs, frameRate })),
    )
  }
  await visit.close()
  return errorFigures(`after ${seeks} seeks`, readings)
}

/** Drawings a second over a video of sixty frames a second, beside how often the same page is drawn when nothing plays. */
async function drawings(scene: OverlayScene): Promise<Measurement> {
  const visit = await scene.open(crowdAt(60), { rate: '60/1' })
  const alone = await visit.page.evaluate(countRenderings, drawnForMs)
  const { drawings: drawn } = await visit.page.evaluate(countDrawings, drawnForMs)
  await visit.close()
  const seconds = drawnForMs / 1000
  const name = 'redraws of 50 boxes with labels and trails vs the display’s own rate'
  return beside(name, '1/s', drawn / seconds, alone / seconds)
}

/** Measures boxes over a video in a real browser: how often they are drawn, and how far off the video's frame. */
export async function measureOverlay(): Promise<Measurement[]> {
  const scene = new OverlayScene(await ViewerPage.open(), await openBrowser())
  try {
    return [
      await drawings(scene),
      ...(await whilePlaying(scene, 1)),
      ...(await whilePlaying(scene, 2)),
      ...(await afterSeeks(scene)),
    ]
  } finally {
    await scene.close()
  }
}
