import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asset, pageOf, shareEndpoints } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { describeInBrowser, patienceMs, type Visit } from '../support/browser.ts'
import { ffmpeg, hasFfmpeg } from '../support/ffmpeg.ts'
import type { PackageFiles } from '../support/api-client.ts'
import { untilSampled } from './sample.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'
import { onePixel } from '../support/one-pixel.ts'

const minutes = 60_000
const frames = 100

/** Reports an imaginary square in the first ten frames, and in all of them once the file `until` exists. */
const tracking = (until: string): PackageFiles => ({
  'ai_algorithm.py': `
import os, time, vitrine

class Algorithm:
    def predict(self, input_data, **parameters):
        for element in input_data:
            assert os.path.getsize(element) > 0
            for known in (10, ${frames}):
                rows = [[frame, 20 + frame, 30, 60, 80, 0.9] for frame in range(known)]
                vitrine.progress(known / ${frames}, f"frame {known}")
                yield {"kind": "tracks", "data": {"fps": 25, "frame_count": ${frames}, "width": 320, "height": 180,
                    "tracks": [{"id": 1, "label": "square", "frames": rows}]}}
                while not os.path.exists(${JSON.stringify(until)}):
                    time.sleep(0.02)
`,
  'algorithm.yaml': 'name: 跟踪\ninput: { type: string, x-kind: video }\n',
})
/** Reports the same square at once, and has its own demo video. */
const following = (street: Uint8Array<ArrayBuffer>): PackageFiles => ({
  'ai_algorithm.py': `
class Algorithm:
    def predict(self, input_data, **parameters):
        rows = [[frame, 20 + frame, 30, 60, 80, 0.9] for frame in range(${frames})]
        return [{"kind": "tracks", "data": {"fps": 25, "frame_count": ${frames}, "width": 320, "height": 180,
            "tracks": [{"id": 1, "label": "square", "frames": rows}]}} for _ in input_data]
`,
  'algorithm.yaml':
    'name: 跟随\ninput: { type: string, x-kind: video }\nexamples: [{ name: 街, input_data: [street.avi] }]\n',
  'street.avi': street,
})
const listening: PackageFiles = {
  'ai_algorithm.py': `
import os

class Algorithm:
    def predict(self, input_data, **parameters):
        return [{"kind": "transcript", "data": {"text": "beep", "chunks": [
            {"text": "beep", "start": 0, "end": 1, "score": 0.9}]}} if os.path.getsize(e) else None for e in input_data]
`,
  'algorithm.yaml': 'name: 听写\ninput: { type: string, x-kind: audio }\n',
}
const eightBit = 8_000
/** One second of a tone that gets louder, as a WAV file: 8,000 samples of 8 bits. */
const beep = (): Uint8Array<ArrayBuffer> => {
  const header = Buffer.from('RIFF....WAVEfmt ....................data....', 'latin1')
  header.writeUInt32LE(36 + eightBit, 4)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(eightBit, 24)
  header.writeUInt32LE(eightBit, 28)
  header.writeUInt16LE(1, 32)
  header.writeUInt16LE(8, 34)
  header.writeUInt32LE(eightBit, 40)
  const samples = Uint8Array.from({ length: eightBit }, (_, at) => 128 + (at / 80) * Math.sin(at / 3))
  return new Uint8Array(Buffer.concat([header, samples]))
}
const hearing: PackageFiles = {
  ...listening,
  'algorithm.yaml':
    'name: 听力\ninput: { type: string, x-kind: audio }\nexamples: [{ name: 嘟, input_data: [beep.wav] }]\n',
  'beep.wav': beep(),
}
const looking: PackageFiles = {
  'ai_algorithm.py': `
import os

class Algorithm:
    def predict(self, input_data, **parameters):
        return [{"kind": "number", "data": {"value": os.path.getsize(e)}} for e in input_data]
`,
  'algorithm.yaml': 'name: 看图\ninput: { type: string, x-kind: image }\n',
}

describeInBrowser('media on a stage', () => {
  let bench: TestBench
  let t: Words
  let folder: string
  let visit: Visit
  const gate = () => join(bench.platform.gates, 'rest-of-tracks')

  beforeAll(async () => {
    bench = await TestBench.open()
    t = await wordsOf('zh')
    folder = await mkdtemp(join(tmpdir(), 'vitrine-stage-'))
    const admin = await bench.platform.admin()
    await admin.publish('tracking', tracking(gate()))
    await admin.publish('listening', listening)
    await admin.publish('looking', looking)
    await admin.publish('hearing', hearing)
    if (!hasFfmpeg) return
    const street = join(folder, 'street.avi')
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25', '-t', '4', '-c:v', 'mpeg4', street)
    await admin.publish('following', following(new Uint8Array(await readFile(street))))
  }, 6 * minutes)
  afterAll(async () => {
    await bench?.close()
    await rm(folder, { recursive: true, force: true })
  }, 3 * minutes)

  const open = async (id: string): Promise<void> => {
    visit = await bench.visitAs('admin')
    await visit.page.goto(`/stage/${id}`)
  }
  const run = async (): Promise<void> => {
    await visit.page
      .getByRole('button', { name: t('stage.run'), exact: true })
      .and(visit.page.locator(':enabled'))
      .click()
  }
  const progress = () => visit.page.getByRole('progressbar', { name: t('runs.progress') })

  test(
    'a video’s first boxes are shown while it is still being processed, and after leaving and coming back, and the rest does not begin it again',
    { timeout: 4 * minutes, skip: !hasFfmpeg },
    async () => {
      await open('tracking')
      await visit.page.getByLabel(t('stage.choose.video')).setInputFiles(join(folder, 'street.avi'))
      await run()
      const list = visit.page.getByText(t('kinds.tracks.all', { count: 1 }))
      await list.waitFor()
      await expect.poll(() => progress().isVisible()).toBe(true)
      const address = visit.page.url()
      await visit.page.goto('/library')
      await visit.page.goto(address)
      await list.waitFor()
      await expect.poll(() => progress().isVisible()).toBe(true)
      await visit.page.locator('.player .main:enabled').waitFor()
      await visit.screenshot('stage-tracks-running-zh')
      await visit.page.locator('.player video').evaluate((video: HTMLVideoElement) => {
        video.dataset.seen = 'while it was processed'
      })
      await writeFile(gate(), '')
      await visit.page.getByText(t('runs.status.succeeded'), { exact: true }).waitFor({ timeout: patienceMs })
      // The algorithm's answer comes first. How long it took is known with the stored run.
      await visit.page.locator('.facts .v-num').waitFor()
      await expect.poll(() => visit.page.locator('.player video[data-seen]').count()).toBe(1)
      await visit.page.locator('.player').press('.')
      await expect.poll(() => visit.page.locator('canvas.overlay').getAttribute('data-frame')).toBe('1')
      await visit.screenshot('stage-tracks-zh')
      await visit.close()
    },
  )

  test(
    'a demo video with its findings starts by itself without sound, unless the person prefers reduced motion',
    { timeout: 3 * minutes, skip: !hasFfmpeg },
    async () => {
      const admin = await bench.platform.admin()
      await untilSampled(admin, 'following')
      await open('following')
      const { page } = visit
      const video = page.locator('.player video')
      const state = () =>
        video.evaluate((it) => (it instanceof HTMLVideoElement ? [it.paused, it.muted] : null))
      await page.locator('.player .main:enabled').waitFor()
      expect(await state()).toEqual([true, false])
      await page.emulateMedia({ reducedMotion: 'no-preference' })
      // It lasts four seconds and may have ended before the test looks, so the page notes its start.
      await page.addInitScript(() => {
        const note = ({ target }: Event) => {
          if (target instanceof HTMLVideoElement)
            document.documentElement.dataset.started = target.muted ? 'without sound' : 'with sound'
        }
        document.addEventListener('play', note, { capture: true, once: true })
      })
      await page.reload()
      await page.getByText(t('stage.sample', { name: '街' })).waitFor()
      await page.locator('[data-started="without sound"]').waitFor()
      await visit.screenshot('stage-video-sample-zh')
      await visit.close()
    },
  )

  test('a microphone recording is played back, used and run', { timeout: 3 * minutes }, async () => {
    await open('listening')
    await visit.page.getByRole('button', { name: t('stage.microphone') }).click()
    const level = visit.page.getByRole('meter', { name: t('stage.level') })
    // The fake microphone beeps every second.
    await expect
      .poll(async () => Number(await level.getAttribute('aria-valuenow')), { interval: 40 })
      .toBeGreaterThan(10)
    // On a busy machine a beep is heard late, so much more than a second may have passed.
    await expect.poll(() => visit.page.getByRole('timer').textContent()).toMatch(/^(?!0:00)\d+:\d\d/)
    await visit.screenshot('stage-recording-zh')
    await visit.page.getByRole('button', { name: t('stage.stop'), exact: true }).click()
    await visit.page.getByLabel(t('stage.listen')).waitFor()
    await visit.page.getByRole('button', { name: t('stage.use_recording') }).click()
    await visit.page
      .getByText(/recording-.*\.(webm|m4a|ogg)/)
      .first()
      .waitFor()
    await run()
    await visit.page.locator('.words').getByRole('button', { name: 'beep' }).waitFor()
    await visit.close()
  })

  test(
    'demo inputs of sound show their waveform, also to a customer',
    { timeout: 3 * minutes, skip: !hasFfmpeg },
    async () => {
      const admin = await bench.platform.admin()
      const hasForm = async () =>
        (await admin.get('/assets?q=beep', pageOf(asset))).items[0]?.variants.includes('waveform') === true
      expect(await waitFor(hasForm, { timeoutMs: patienceMs, slowingToMs: 250 })).toBe(true)
      await open('hearing')
      const form = () => visit.page.getByRole('group', { name: t('stage.examples') }).locator('svg path')
      // One bar for each slice, higher for loud ones. Until the waveform is loaded, there is an icon.
      await expect.poll(async () => (await form().getAttribute('d'))?.match(/M/g)?.length).toBe(28)
      await visit.screenshot('stage-sound-example-zh')
      await visit.close()
      const { response } = shareEndpoints['POST /shares']
      const link = await admin.post('/shares', response, { kind: 'stage', target_id: 'hearing' })
      visit = await bench.visitAsNobody({ width: 390, language: 'en', theme: 'dark' })
      await visit.page.goto(new URL(link.url).pathname)
      await visit.page.locator('fieldset svg path').waitFor()
      await visit.screenshot('share-sound-example-en-phone')
      await visit.close()
    },
  )

  test('a picture is taken with the camera and run', { timeout: 3 * minutes }, async () => {
    await open('looking')
    await visit.page.getByRole('button', { name: t('stage.camera') }).click()
    await visit.page.getByRole('button', { name: t('stage.take_picture') }).click()
    await visit.page
      .getByText(/camera-.*\.jpg/)
      .first()
      .waitFor()
    await run()
    await visit.page.getByText(t('runs.status.succeeded'), { exact: true }).waitFor()
    await visit.screenshot('stage-camera-zh')
    await visit.close()
  })

  test('several pictures at once become one element each', { timeout: 3 * minutes }, async () => {
    await open('looking')
    await visit.page.getByLabel(t('stage.choose.image')).setInputFiles([
      { name: 'a.png', mimeType: 'image/png', buffer: onePixel },
      { name: 'b.png', mimeType: 'image/png', buffer: onePixel },
    ])
    await visit.page.getByText(t('stage.using_many', { count: 2 })).waitFor()
    await run()
    await visit.page.getByText(t('runs.status.succeeded'), { exact: true }).waitFor()
    await expect.poll(() => visit.page.locator('.predictions > section').count()).toBe(2)
    await visit.close()
  })
})
