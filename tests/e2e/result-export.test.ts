import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runEndpoints } from '@vitrine/contract'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import type { PackageFiles } from '../support/api-client.ts'
import { describeInBrowser, type Visit } from '../support/browser.ts'
import { pausedTracking, uploadTestVideo } from './paused-tracking.ts'
import { expectAccessible, expectNoSidewaysScroll } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const ffmpeg = '/usr/bin/ffmpeg'
const hasFfmpeg = existsSync(ffmpeg)
const size = { width: 320, height: 180 }

/** Says what an attacker would. */
const hostile: PackageFiles = {
  'ai_algorithm.py': `
attack = "<script>window.stop = 1</script><img src=x onerror=alert(1)>"

class Algorithm:
    def predict(self, input_data, **parameters):
        return [{"kind": "classification", "data": [{"label": attack, "score": 0.9}]} for _ in input_data]
`,
  'algorithm.yaml': 'name: 说坏话\ndescription: 一句话说明。\ninput: { type: string }\n',
}

const command = async (file: string, args: string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await runCommand({ file, args, cwd: '/', env: {} })
  if (exitCode !== 0) throw new Error(stderr.join('\n'))
  return stdout.join('\n')
}

describeInBrowser('what is taken along from a run, in a browser', () => {
  let bench: TestBench
  let folder: string
  let [zh, en]: Words[] = []
  const t: Words = (key, parameters) => zh?.(key, parameters) ?? key

  beforeAll(async () => {
    bench = await TestBench.open()
    zh = await wordsOf('zh')
    en = await wordsOf('en')
    folder = await mkdtemp(join(tmpdir(), 'vitrine-along-'))
    const admin = await bench.platform.admin()
    await admin.publish('hostile', hostile)
    if (hasFfmpeg) await admin.publish('paused-tracking', pausedTracking)
  }, 4 * minutes)
  afterAll(async () => {
    await bench?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }, 3 * minutes)

  const { response } = runEndpoints['POST /runs']
  const runOf = async (service_id: string, input_data: unknown[], parameters = {}) => {
    const admin = await bench.platform.admin()
    const { run_id } = await admin.post('/runs', response, { service_id, input_data, parameters })
    await admin.runEnd(run_id)
    return run_id
  }
  /** The file that a button saves, by a path with its own ending. */
  const saved = async ({ page }: Visit, press: () => Promise<void>): Promise<string> => {
    const [download] = await Promise.all([page.waitForEvent('download', { timeout: 2 * minutes }), press()])
    const name = download.suggestedFilename()
    const path = join(folder, `saved-${Date.now()}${extname(name)}`)
    await copyFile(await download.path(), path)
    return path
  }
  /** The pages of the file when it is printed. */
  const printedPages = async ({ page }: Visit, file: string): Promise<number> => {
    await page.goto(pathToFileURL(file).href)
    const pdf = await page.pdf({ preferCSSPageSize: true })
    await writeFile(join(folder, 'report.pdf'), pdf)
    return pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g)?.length ?? 0
  }

  test(
    'the report of a run says what was run and found, in one file that runs nothing, in either language',
    async () => {
      const run = await runOf('hostile', ['今天天气很好'])
      for (const [language, words] of [
        ['zh', zh],
        ['en', en],
      ] as const) {
        if (!words) throw new Error('no words')
        const visit = await bench.visitAs('admin', { language, theme: 'dark' })
        const { page } = visit
        await page.goto(`/stage/hostile?run=${run}`)
        await page.getByRole('button', { name: words('report.title'), exact: true }).click()
        const report = page.getByRole('dialog').frameLocator('iframe')
        await report.getByRole('heading', { name: words('report.of_run', { name: '说坏话' }) }).waitFor()
        for (const text of ['一句话说明。', '今天天气很好', words('runs.status.succeeded')])
          await report.getByText(text).first().waitFor()
        await report.getByText('<script>window.stop').first().waitFor()
        await report.getByText('90.0%').first().waitFor()
        await expectAccessible(page)
        await expectNoSidewaysScroll(page)
        await visit.screenshot(`report-${language}`)
        const save = page.getByRole('button', { name: words('report.save') })
        const file = await saved(visit, () => save.click())
        expect(await readFile(file, 'utf8')).not.toMatch(/<script|https?:\/\//)
        expect(await printedPages(visit, file)).toBe(1)
        await visit.close()
      }
    },
    3 * minutes,
  )

  /** The colours of one frame of a video: three bytes for each pixel. */
  const frameOf = async (video: string, frame: number): Promise<Buffer> => {
    const raw = join(folder, 'frame.raw')
    const select = ['-vf', `select=eq(n\\,${frame})`, '-frames:v', '1']
    const args = ['-v', 'error', '-y', '-i', video, ...select, '-f', 'rawvideo', '-pix_fmt', 'rgb24', raw]
    await command(ffmpeg, args)
    return readFile(raw)
  }
  /** How much two frames differ on average in the columns and rows of a rectangle, 0–255. */
  const difference = (one: Buffer, other: Buffer, columns: number[], rows: number[]): number => {
    const parts = columns.flatMap((x) =>
      rows.flatMap((y) =>
        [0, 1, 2].map((colour) => {
          const at = (y * size.width + x) * 3 + colour
          return Math.abs((one[at] ?? 0) - (other[at] ?? 0))
        }),
      ),
    )
    return parts.reduce((sum, part) => sum + part, 0) / parts.length
  }
  const trackRun = async () => {
    const admin = await bench.platform.admin()
    const { assetId, file } = await uploadTestVideo(admin, folder)
    const until = join(bench.platform.gates, 'go-on')
    await writeFile(until, '')
    const input = [{ asset_id: assetId }]
    return { original: file, run: await runOf('paused-tracking', input, { until, step: 4 }) }
  }

  test(
    'a video is saved with its marks: the same frames in the same size at the same rate, each with its own box',
    { timeout: 4 * minutes, skip: !hasFfmpeg },
    async () => {
      const { original, run } = await trackRun()
      const visit = await bench.visitAs('admin')
      await visit.page.goto(`/stage/paused-tracking?run=${run}`)
      const save = visit.page.getByRole('button', { name: t('viewers.marked_video.save') })
      const video = await saved(visit, () => save.click())
      await visit.screenshot('marked-video')
      await visit.close()

      const counted = await command('/usr/bin/ffprobe', [
        ...['-v', 'error', '-count_frames', '-select_streams', 'v:0', '-of', 'csv=p=0'],
        ...['-show_entries', 'stream=width,height,avg_frame_rate,nb_read_frames', video],
      ])
      expect(counted.trim()).toBe([size.width, size.height, '25/1', 100].join())
      for (const frame of [0, 20, 55]) {
        const [marked, plain] = [await frameOf(video, frame), await frameOf(original, frame)]
        expect(marked).toHaveLength(size.width * size.height * 3)
        // The left edge of the box, which moves by four pixels a frame. The rows are above the trail.
        const left = 20 + frame * 4
        const rows = Array.from({ length: 20 }, (_, place) => 40 + place)
        const edge = difference(marked, plain, [left - 1, left], rows)
        const beside = difference(marked, plain, [left + 10, left + 11, left + 12], rows)
        expect(edge, `frame ${frame}, beside ${beside}`).toBeGreaterThan(beside + 25)
      }
    },
  )

  test(
    'saving a video is cancelled at once, also while its file is still being read',
    { timeout: 3 * minutes, skip: !hasFfmpeg },
    async () => {
      const { run } = await trackRun()
      const visit = await bench.visitAs('admin')
      const { page } = visit
      // The player loads the video as media, and what saves it by fetch.
      await page.route('**/content?variant=playable', (route) =>
        route.request().resourceType() === 'fetch' ? undefined : route.fallback(),
      )
      await page.goto(`/stage/paused-tracking?run=${run}`)
      const save = page.getByRole('button', { name: t('viewers.marked_video.save') })
      await save.click()
      await page.getByRole('progressbar', { name: t('viewers.marked_video.saving') }).waitFor()
      await page.getByRole('button', { name: t('app.cancel'), exact: true }).click()
      await save.waitFor()
      await expect.poll(() => page.getByText(t('viewers.marked_video.failed')).count()).toBe(0)
      await visit.close()
    },
  )

  test('a browser that cannot write videos says so', { timeout: 3 * minutes, skip: !hasFfmpeg }, async () => {
    const { run } = await trackRun()
    const visit = await bench.visitAs('admin')
    await visit.page.addInitScript('delete globalThis.VideoEncoder')
    await visit.page.goto(`/stage/paused-tracking?run=${run}`)
    await visit.page.getByRole('button', { name: t('viewers.marked_video.save') }).click()
    await visit.page.getByText(t('viewers.marked_video.unsupported')).waitFor()
    await visit.close()
  })
})
