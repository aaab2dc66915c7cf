import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resultKinds, type Json, type Manifest } from '@vitrine/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { withBorrowedMedia } from '../apps/server/src/lifecycle/borrowed-media.ts'
import { waitFor } from '../apps/server/src/lib/wait-for.ts'
import { compareGolden } from '../apps/server/src/modules/rollouts/compare-golden.ts'
import { runPython, servePython } from './python-runtime.ts'
import { sayInEnglish } from './in-english.ts'
import { recogniseExample } from './recognised-example.ts'
import { startExample, type ServiceEvent, type StartedExample } from './started-example.ts'

const folder = join(import.meta.dirname, 'people-tracking')
const crossing = '/usr/share/doc/opencv-doc/examples/data/vtest.avi'
const hasOpenCv = existsSync('/usr/lib/python3/dist-packages/cv2.cpython-313-x86_64-linux-gnu.so')
const hasCrossing = hasOpenCv && existsSync(crossing)

const video = async (path: string): Promise<Json> => ({
  data: await readFile(path, 'base64'),
  mime: 'video/mp4',
})
const pan = join(folder, 'examples', 'evening-walk-pan.mp4')

const outputs = z.array(z.object({ kind: z.string(), data: z.unknown() }))
const tracksIn = (list: z.infer<typeof outputs>) =>
  resultKinds.tracks.data.parse(list.find(({ kind }) => kind === 'tracks')?.data)
const tracksOf = ({ data }: ServiceEvent) => tracksIn(z.object({ outputs }).parse(data).outputs)

const counted = z.object({
  frames: z.number(),
  people: z.number(),
  found: z.number(),
  wrong: z.number(),
  kept: z.number(),
  switched: z.number(),
})

/** What `evaluate.py` counts, by looking at the video or by the boxes that it has kept. */
async function evaluate(...args: string[]) {
  const printed = await runPython(folder, ['evaluate.py', ...args])
  const { held_out: all } = z.object({ held_out: counted }).parse(JSON.parse(printed))
  return { ...all, checked: all.kept + all.switched }
}

describe.skipIf(!hasOpenCv)('people-tracking (skipped where python3-opencv is not installed)', () => {
  let manifest: Manifest
  let service: StartedExample

  beforeAll(async () => {
    manifest = await recogniseExample(folder)
    service = await startExample(folder, manifest, servePython)
  })
  afterAll(() => service?.stop())

  async function follow(path: string, parameters: Record<string, Json>) {
    const [prediction] = await service.predict([await video(path)], parameters)
    const list = outputs.parse(prediction?.outputs)
    return {
      ...tracksIn(list),
      chart: resultKinds.chart.data.parse(list.find(({ kind }) => kind === 'chart')?.data),
      count: resultKinds.number.data.parse(list.find(({ kind }) => kind === 'number')?.data).value,
    }
  }

  test('gives the result of its golden example', async () => {
    const golden = manifest.examples.filter((example) => example.expect)
    expect(golden).toHaveLength(1)
    for (const { input_data: names, parameters, expect: wanted, tolerance } of golden) {
      const elements = await Promise.all(names.map((name) => video(join(folder, String(name)))))
      expect(compareGolden(wanted ?? [], await service.predict(elements, parameters), tolerance)).toBeNull()
    }
  }, 180_000)

  test('gives boxes inside the picture, one for each frame and in order, and the number of people over time', async () => {
    const { tracks, frame_count: frames, chart, count, fps } = await follow(pan, { method: 'detector' })
    const shown = [tracks[0]?.label, chart.x?.['title'], chart.y?.['title'], chart.series[0]?.name]
    expect(shown.map((text) => sayInEnglish(manifest)(String(text)))).toEqual([
      'person',
      'seconds',
      'people in the picture',
      'people',
    ])
    expect({ frames, fps, count }).toEqual({ frames: 40, fps: 10, count: tracks.length })
    for (const { frames: rows } of tracks) {
      const numbers = rows.map(([frame]) => frame ?? -1)
      expect(numbers).toEqual(rows.map((_, index) => (numbers[0] ?? -1) + index))
      expect(numbers.at(-1)).toBeLessThan(frames)
      for (const [, , , w, h, confidence] of rows) {
        expect(Math.min(w ?? 0, h ?? 0)).toBeGreaterThan(10)
        expect(confidence).toBeGreaterThan(0)
        expect(confidence).toBeLessThanOrEqual(1)
      }
    }
    expect(chart.series[0]?.points.map(([second]) => second)).toEqual([0, 1, 2, 3])
  }, 180_000)

  test('fails only for a file that is not a video', async () => {
    const damaged = { data: Buffer.from('no video at all').toString('base64'), mime: 'video/mp4' }
    const [prediction] = await service.predict([damaged])
    expect(prediction?.status).toBe('failed')
    expect(prediction?.error?.message).toContain('没有可以读取的画面')
  }, 180_000)

  test('accepts the shared video if the machine has it, and is complete without it', async () => {
    await withBorrowedMedia(folder, async (whole) => {
      const names = (await recogniseExample(whole)).examples.map(({ name }) => name)
      expect(names.slice(-manifest.examples.length)).toEqual(manifest.examples.map(({ name }) => name))
      expect(names.length).toBe(manifest.examples.length + (hasCrossing ? 3 : 0))
    })
  })

  describe.skipIf(!hasCrossing)('on the crossing (skipped where opencv-doc is not installed)', () => {
    test('finds and follows people by movement exactly as well as algorithm.yaml states', async () => {
      const { frames, people, found, wrong, checked, switched } = await evaluate('measure', 'background')
      expect(manifest.quality[0]).toContain(
        `背景法：${frames} 帧里的 ${people} 个人找到 ${found} 个，多画 ${wrong} 个框；` +
          `隔 4.5 秒核对编号 ${checked} 次，换错 ${switched} 次`,
      )
    }, 900_000)

    test('follows people by the outlines that were found exactly as well as algorithm.yaml states', async () => {
      const { people, found, wrong, checked, switched } = await evaluate('count')
      expect(manifest.quality[1]).toContain(
        `检测法：同样 ${people} 个人找到 ${found} 个，多画 ${wrong} 个框；核对 ${checked} 次，换错 ${switched} 次`,
      )
    }, 900_000)

    // All 159 would take a minute of the processor.
    test('finds in ten frames of the whole video exactly the outlines that were counted', async () => {
      expect(JSON.parse(await runPython(folder, ['evaluate.py', 'check', '16']))).toEqual([])
    }, 900_000)

    test('shows the first boxes early and more as it continues, and stops when its caller disconnects', async () => {
      const isLast = (event: ServiceEvent) => event.event === 'output' && tracksOf(event).tracks.length > 8
      const events = await service.events([await video(crossing)], {}, isLast)
      const results = events.filter(({ event }) => event === 'output').map(tracksOf)
      const lengths = results.map(({ tracks }) => tracks.reduce((sum, { frames }) => sum + frames.length, 0))
      expect(lengths[0]).toBeGreaterThan(0)
      expect(lengths).toEqual(lengths.toSorted((a, b) => a - b))
      const progress = z.object({ progress: z.number(), message: z.string() })
      const before = events.slice(
        0,
        events.findIndex(({ event }) => event === 'output'),
      )
      const shares = before
        .filter(({ event }) => event === 'progress')
        .map(({ data }) => progress.parse(data).progress)
      expect(Math.max(...shares)).toBeLessThan(0.25)
      const said = before
        .filter(({ event }) => event === 'progress')
        .map(({ data }) => progress.parse(data).message)
      expect(said.map(sayInEnglish(manifest)).filter((text) => !/^frame \d+ of \d+$/.test(text))).toEqual([])
      expect(await waitFor(async () => (await service.health()) === 'READY', { timeoutMs: 60_000 })).toBe(
        true,
      )
    }, 120_000)
  })
})
