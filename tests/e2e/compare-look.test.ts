import { join } from 'node:path'
import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asset, comparisonEndpoints, runEndpoints, type Json } from '@vitrine/contract'
import type { PackageFiles } from '../support/api-client.ts'
import { describeInBrowser, type Visit } from '../support/browser.ts'
import { multipart } from '../support/multipart.ts'
import { onePixel } from '../support/one-pixel.ts'
import { expectAccessible, expectNoSidewaysScroll } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

/** Finds a face in a small picture, and with `both` a person too. With `until` it waits for that file first. */
const faces: PackageFiles = {
  'ai_algorithm.py': `
import os, time

def box(label, x):
    return {"label": label, "score": 0.9, "box": {"xmin": x, "ymin": 10, "xmax": x + 30, "ymax": 50}}

class Algorithm:
    def predict(self, input_data, **parameters):
        while parameters.get("until") and not os.path.exists(parameters["until"]):
            time.sleep(0.02)
        both = [box("人", 10)] if parameters.get("both") else []
        return [{"kind": "detection", "name": "faces", "data": [*both, box("人脸", 60)]} for _ in input_data]
`,
  'algorithm.yaml': `
name: 找脸
concurrency: 1
input: { type: string, x-kind: image }
parameters:
  type: object
  properties: { both: { type: boolean, title: 也找人 }, until: { type: string } }
`,
}
/** A grey picture of 100 × 60 pixels, as an SVG. */
const picture = {
  mime: 'image/svg+xml',
  data: Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="60"><rect width="100" height="60" fill="#888"/></svg>',
  ).toString('base64'),
}

describeInBrowser('the columns of a comparison, looked at in a browser', () => {
  let bench: TestBench
  let t: Words

  beforeAll(async () => {
    bench = await TestBench.open()
    t = await wordsOf('zh')
    const admin = await bench.platform.admin()
    await admin.publish('faces', faces)
  }, 4 * minutes)
  afterAll(async () => bench?.close(), 3 * minutes)

  /** Starts a comparison with these parameters of the columns and opens its page. */
  const compare = async (
    visit: Visit,
    parameters: Record<string, string | boolean>[],
    input: Json = picture,
  ) => {
    const admin = await bench.platform.admin()
    const { comparison_id } = await admin.post(
      '/comparisons',
      comparisonEndpoints['POST /comparisons'].response,
      {
        input: { input_data: [input] },
        targets: parameters.map((each) => ({ service_id: 'faces', parameters: each })),
      },
    )
    await visit.page.goto(`/compare/${comparison_id}`)
    return (letter: string) => visit.page.getByRole('article', { name: t('compare.column', { letter }) })
  }

  test(
    'one row of controls and one colour a label hold for all columns, whatever else each of them found',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      const column = await compare(visit, [{ both: true }, { both: false }, { both: true }, { both: false }])
      const letters = ['A', 'B', 'C', 'D']
      const tag = (letter: string) => column(letter).locator('.tag', { hasText: '人脸' })
      await Promise.all(letters.map((letter) => tag(letter).waitFor()))
      const colours = () =>
        Promise.all(
          letters.map((letter) =>
            tag(letter).evaluate((element) => getComputedStyle(element).backgroundColor),
          ),
        )
      await expect.poll(async () => new Set(await colours()).size).toBe(1)

      const labels = page.getByRole('checkbox', { name: t('viewers.show_labels') })
      await expect.poll(() => labels.count()).toBe(1)
      await expect.poll(() => page.getByRole('slider', { name: t('viewers.threshold') }).count()).toBe(1)
      await page.getByRole('button', { name: t('viewers.zoom_in') }).click()
      const areZoomed = () =>
        Promise.all(
          letters.map((letter) =>
            column(letter)
              .getByRole('img', { name: /人脸/ })
              .first()
              .evaluate((scene) => scene.clientWidth > (scene.parentElement?.clientWidth ?? 0)),
          ),
        )
      await expect.poll(areZoomed).toEqual(letters.map(() => true))
      await labels.uncheck()
      await Promise.all(letters.map((letter) => tag(letter).waitFor({ state: 'detached' })))
      // Pictures are large: two columns stand side by side at this width.
      const rows = () =>
        page.getByRole('article').evaluateAll((columns) => {
          const [first = 0, second = 0, third = 0, fourth = 0] = columns.map(
            (each) => each.getBoundingClientRect().top,
          )
          return [second === first, fourth === third, third > first]
        })
      await expect.poll(rows).toEqual([true, true, true])
      await expectNoSidewaysScroll(page)
      await expectAccessible(page)
      await visit.screenshot('compare-look', { fullPage: true })
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'a waiting column says so and does not move, and all can be cancelled without being called failures',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      const until = join(bench.platform.gates, 'go-faces')
      const column = await compare(visit, [{ until, both: true }, { until }, { until, both: false }])
      const running = page.getByRole('article').filter({ hasText: t('runs.status.running') })
      const waiting = page.getByRole('article').filter({ hasText: t('runs.status.queued') })
      // The instance works on one run. Another one waits in its queue, and the third for a place in that.
      await running.waitFor()
      await waiting.nth(1).waitFor()
      await expect.poll(() => running.getByRole('progressbar').count()).toBe(1)
      await expect.poll(() => waiting.getByRole('progressbar').count()).toBe(0)
      await page.getByRole('button', { name: t('compare.cancel') }).click()
      await page.getByRole('button', { name: t('compare.again') }).waitFor()
      for (const letter of ['A', 'B', 'C']) {
        await column(letter).getByText(t('stage.was_cancelled')).waitFor()
        await expect.poll(() => column(letter).getByText(t('stage.failed')).count()).toBe(0)
      }
      await writeFile(until, '')
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'what a run found is taken along from the stage: the marked picture in its own size, a table in the reader’s language, the answer',
    async () => {
      const admin = await bench.platform.admin()
      const { response } = runEndpoints['POST /runs']
      const { run_id } = await admin.post('/runs', response, {
        service_id: 'faces',
        input_data: [picture],
      })
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto(`/stage/faces?run=${run_id}`)
      const files = page.getByRole('group', { name: t('stage.save') })
      await page.locator('.tag', { hasText: '人脸' }).waitFor()
      const saved = async (button: string): Promise<Buffer> => {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          files.getByRole('button', { name: button, exact: true }).click(),
        ])
        return readFile(await download.path())
      }
      const png = await saved(t('stage.save_picture'))
      expect(png.subarray(1, 4).toString()).toBe('PNG')
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([100, 60])
      const [head, ...rows] = (await saved('CSV')).toString('utf8').trimEnd().split('\r\n')
      expect(head).toContain([t('viewers.cell.kind'), t('viewers.cell.label')].join())
      expect(rows.map((row) => row.split(',').slice(2, 5))).toEqual([
        [t('kinds.detection.name'), '人脸', '0.9'],
      ])
      expect(JSON.parse((await saved('JSON')).toString('utf8'))).toMatchObject({
        status: 'succeeded',
        predictions: [{ outputs: [{ kind: 'detection' }] }],
      })
      await expectAccessible(page)
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'the report of a comparison shows the picture that was compared, and what each column found in it beside the other',
    async () => {
      const admin = await bench.platform.admin()
      const media = { name: 'street.png', bytes: new Uint8Array(onePixel) }
      const { id } = await admin.call('POST', '/assets', asset, { form: await multipart({ media }) })
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await compare(visit, [{ both: true }, { both: false }], { asset_id: id })
      await page.getByRole('button', { name: t('report.title'), exact: true }).click()
      const frame = page.getByRole('dialog').frameLocator('iframe')
      await frame.getByRole('heading', { name: t('report.differences') }).waitFor()
      await frame.getByText('street.png').waitFor()
      const columns = frame.locator('.columns').first().locator('.column')
      await expect
        .poll(() => columns.locator('figcaption').allTextContents())
        .toEqual(['人 × 1，人脸 × 1', '人脸 × 1'])
      const places = await columns
        .locator('img')
        .evaluateAll((pictures) =>
          pictures.map((drawn) => drawn.getBoundingClientRect()).map(({ top, width }) => ({ top, width })),
        )
      expect(places[0]?.top).toBe(places[1]?.top)
      // The dialog is about 800 pixels wide, so each has more than a third of it.
      for (const { width } of places) expect(width).toBeGreaterThan(280)
      await frame.getByText('也找人').first().waitFor()
      expect(await frame.locator('body').textContent()).not.toContain('asset_id')
      await visit.close()
    },
    3 * minutes,
  )
})
