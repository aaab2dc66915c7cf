import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { comparisonEndpoints, runEndpoints, shareEndpoints } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageOf, type ApiClient, type PackageFiles } from '../support/api-client.ts'
import { describeInBrowser, type Visit } from '../support/browser.ts'
import { projectFolder } from '../support/built-project.ts'
import { everyPage } from './every-page.ts'
import { kinds } from './kinds.ts'
import { ShiftMeter } from './layout-shift.ts'
import { expectAccessibleInEachTheme, expectNoSidewaysScroll } from './page-checks.ts'
import { untilSampled } from './sample.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
type PageToOpen = (typeof everyPage)[number]
/** The bound for the sum of all shifts of a page, half of what web.dev/cls calls good. */
const most = 0.05
/** A connection on which every page is first seen without its data. */
const slow = { offline: false, latency: 120, downloadThroughput: 400_000, uploadThroughput: 200_000 }
/** An algorithm that finds one thing in a photograph. */
const boxes = async (): Promise<PackageFiles> => ({
  'ai_algorithm.py': `
class Algorithm:
    def predict(self, input_data, **parameters):
        box = {"xmin": 60, "ymin": 40, "xmax": 260, "ymax": 260}
        return [{"kind": "detection", "data": [{"label": "人", "score": 0.9, "box": box}]} for _ in input_data]
`,
  'algorithm.yaml': `
name: 找人
description: 在照片里找人。
input: { type: string, x-kind: image }
examples: [{ name: 宇航员, input_data: [photo.jpg] }]
`,
  'photo.jpg': new Uint8Array(
    await readFile(join(projectFolder, 'examples/image-recog/examples/astronaut.jpg')),
  ),
})
const laptop = 1280
/** A laptop's window of 1280 × 800 with everything at 200 % has 640 × 400 pixels of CSS. */
async function expectEnlargeable(page: Visit['page']): Promise<void> {
  const seen = page.viewportSize()
  await page.setViewportSize({ width: 640, height: 400 })
  await expectNoSidewaysScroll(page)
  if (seen) await page.setViewportSize(seen)
}
const picture = 'boxes'
const text = 'text-classify'
const sample = '国家队在决赛中加时取胜，门将扑出了点球。'

/** Makes what pages show: runs, a comparison, links. Returns the addresses of their pages with a text there. */
async function fill(admin: ApiClient, deployed: string) {
  const start = { service_id: text, input_data: [sample] }
  const { run_id: ran } = await admin.post('/runs', runEndpoints['POST /runs'].response, start)
  const targets = [3, 6].map((top_k) => ({ service_id: text, parameters: { top_k } }))
  const { comparison_id: compared } = await admin.post(
    '/comparisons',
    comparisonEndpoints['POST /comparisons'].response,
    { input: { input_data: [sample] }, targets },
  )
  const { cells } = await admin.get(
    `/comparisons/${compared}`,
    comparisonEndpoints['GET /comparisons/{id}'].response,
  )
  for (const id of [ran, ...cells.flatMap(({ run_id }) => run_id ?? [])])
    expect((await admin.runEnd(id)).status).toBe('succeeded')
  const link = async (kind: string, targetId: string) => {
    const body = { kind, target_id: targetId, title: '给客户看', may_run: kind === 'stage' }
    const { url } = await admin.post('/shares', shareEndpoints['POST /shares'].response, body)
    return { path: new URL(url).pathname, shows: '给客户看' }
  }
  return {
    own: [
      { path: `/stage/${text}`, shows: '文本主题分类' },
      { path: `/stage/${picture}`, shows: 'viewers.show_labels' },
      { path: `/stage/${text}?run=${ran}`, shows: 'stage.run' },
      { path: `/compare/${compared}`, shows: 'compare.summary' },
      { path: `/deploy/tasks/${deployed}`, shows: 'deploy.ready' },
      { path: '/library', shows: 'library.title' },
      { path: '/shares', shows: '给客户看' },
    ],
    links: [
      await link('stage', text),
      await link('stage', picture),
      await link('run', ran),
      await link('comparison', compared),
    ],
  }
}

describeInBrowser('every page that loads', () => {
  let bench: TestBench
  let t: Words
  let pages: Awaited<ReturnType<typeof fill>>

  beforeAll(async () => {
    bench = await TestBench.open()
    t = await wordsOf('zh')
    const admin = await bench.platform.admin()
    await admin.publish('kinds', kinds)
    await admin.publish(picture, await boxes())
    await admin.upload(await packageOf(join(projectFolder, 'examples', text)), { algorithm_id: text })
    const deployed = await admin.beginDeploy(text)
    expect(await admin.taskEnd(deployed)).toMatchObject({ state: 'succeeded' })
    for (const id of [picture, text]) await untilSampled(admin, id)
    pages = await fill(admin, deployed)
  }, 4 * minutes)
  afterAll(() => bench?.close(), 3 * minutes)

  /**
   * Opens each page on the slow connection, and returns those that move too much, with what moved. A page has
   * a title and does not scroll sideways once it is at rest; on a laptop it is enlarged and looked at by axe-core too,
   * because to open it once more would take the machine as long.
   */
  const moving = async (visit: Visit, which: readonly PageToOpen[]): Promise<string[]> => {
    const { page } = visit
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Network.emulateNetworkConditions', slow)
    const meter = await ShiftMeter.begin(page)
    const width = page.viewportSize()?.width ?? 0
    const found: string[] = []
    for (const { path, shows } of which) {
      await page.goto(path)
      const words = /^[a-z_.]+$/i.test(shows) ? t(shows) : shows
      await page.getByText(words).or(page.getByLabel(words)).filter({ visible: true }).first().waitFor()
      const { total, moved } = await meter.atRest()
      if (total >= most)
        found.push(`${width} px ${path} moves by ${total.toFixed(3)}`, ...moved.map((each) => `  ${each}`))
      await expectNoSidewaysScroll(page)
      expect(await page.title(), path).toMatch(/\S/)
      if (width === laptop) {
        await expectAccessibleInEachTheme(visit)
        await expectEnlargeable(page)
      }
      const name = path.replaceAll(/\W+/g, '-').replace(/^-$/, '-showcase')
      await visit.screenshot(`page${name}-${width}`, { fullPage: width < 1000 })
    }
    return found
  }
  const ownPages = async (width: number) => {
    const visit = await bench.visitAs('admin', { width })
    // Here there are links, so the page of links shows them.
    const others = everyPage.filter(({ path }) => path !== '/shares')
    const found = await moving(visit, [...others, ...pages.own])
    await visit.close()
    return found
  }
  const customerPages = async (width: number) => {
    const visit = await bench.visitAsNobody({ width })
    visit.expectAnswer(/^401 POST \/api\/v1\/auth\/refresh$/)
    const signIn = { path: '/sign-in', shows: 'session.sign_in.title' }
    const found = await moving(visit, [...pages.links, signIn])
    await visit.close()
    return found
  }

  // Each opens dozens of pages over the slow line, which has taken a busy machine four minutes. No time is promised.
  test.each([laptop, 390])(
    `has a title and no serious accessibility problem, can be enlarged, does not scroll sideways and moves by less than ${most} (%i px)`,
    async (width) => {
      const found = await Promise.all([ownPages(width), customerPages(width)])
      expect(found.flat().join('\n')).toBe('')
    },
    10 * minutes,
  )
})
