import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInBrowser, openBrowser, type Visit } from '../support/browser.ts'
import { hasFfmpeg } from '../support/ffmpeg.ts'
import { ViewerPage } from '../support/viewer-page.ts'
import { seekTo, watchFrames, type Frames } from './overlay.page.ts'
import { frameCount, numberedBoxes, OverlayScene, perSecond, repeatableRandom } from './overlay.scene.ts'

const frameRate = perSecond('30000/1001')

describeInBrowser('boxes over a video that stands', () => {
  let scene: OverlayScene
  let visit: Visit

  beforeAll(async () => {
    scene = new OverlayScene(await ViewerPage.open(), await openBrowser())
  }, 300_000)
  afterAll(() => scene?.close())

  const openPlain = async (scale = 1): Promise<void> => {
    visit = await scene.open(numberedBoxes, { scale })
    await scene.leaveBoxesOnly(visit)
  }
  const settled = async (): Promise<Frames | undefined> =>
    (await visit.page.evaluate(watchFrames, { when: 'settled' as const, limitMs: 20_000, frameRate }))[0]
  const seenFrames = async () => {
    const { video, overlay } = (await settled()) ?? { video: null, overlay: null }
    return { video, overlay }
  }

  test(
    'belong to exactly the shown frame after fifty seeks and frame steps',
    { timeout: 360_000, skip: !hasFfmpeg },
    async () => {
      await openPlain(2)
      const random = repeatableRandom(7)
      for (let round = 0; round < 50; round++) {
        const seconds = random() * (frameCount / frameRate - 0.01)
        await visit.page.evaluate(seekTo, seconds)
        const sought = Math.floor(seconds * frameRate)
        await expect.poll(seenFrames).toEqual({ video: sought, overlay: sought })
        const on = random() < 0.5
        const wanted = Math.max(0, Math.min(frameCount - 1, sought + (on ? 1 : -1)))
        await visit.page.locator('.player').press(on ? '.' : ',')
        await expect.poll(seenFrames).toEqual({ video: wanted, overlay: wanted })
      }
      await visit.close()
    },
  )

  test(
    'stay with their frame when the page changes its size',
    { timeout: 120_000, skip: !hasFfmpeg },
    async () => {
      await openPlain()
      await visit.page.evaluate(seekTo, 10)
      const sought = Math.floor(10 * frameRate)
      await expect.poll(seenFrames).toEqual({ video: sought, overlay: sought })
      await visit.page.setViewportSize({ width: 480, height: 700 })
      await expect.poll(seenFrames).toEqual({ video: sought, overlay: sought })
      await visit.close()
    },
  )
})
