import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInBrowser, type Visit } from '../support/browser.ts'
import { ffmpeg, hasFfmpeg } from '../support/ffmpeg.ts'
import { expectNoSidewaysScroll, takeAllLooks } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

describeInBrowser('the library of demo data', () => {
  let bench: TestBench
  let t: Words
  let folder: string
  let visit: Visit
  const at = (name: string) => join(folder, name)

  beforeAll(async () => {
    bench = await TestBench.open()
    t = await wordsOf('zh')
    folder = await mkdtemp(join(tmpdir(), 'vitrine-library-'))
    if (!hasFfmpeg) return
    // A video that no browser plays, a sound, a picture, and a file that is large enough to be sent in parts.
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25', '-t', '4', '-c:v', 'mpeg4', at('street.avi'))
    await ffmpeg('-f', 'lavfi', '-i', 'sine=f=330:d=3', at('voice.wav'))
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc=s=640x480', '-frames:v', '1', at('sign.png'))
    await ffmpeg('-f', 'lavfi', '-i', 'sine=f=220:d=120', at('long.wav'))
  }, 5 * minutes)
  afterAll(async () => {
    await bench?.close()
    await rm(folder, { recursive: true, force: true })
  }, 3 * minutes)

  const card = (name: string) =>
    visit.page.getByRole('list', { name: t('library.list') }).getByRole('button', { name })
  const send = (...names: string[]) => visit.page.getByTestId('library-files').setInputFiles(names.map(at))

  test(
    'takes several files at once, sends large ones in parts, and makes them playable',
    { timeout: 4 * minutes, skip: !hasFfmpeg },
    async () => {
      visit = await bench.visitAs('admin')
      const parts: string[] = []
      visit.page.on('request', (request) => {
        if (request.method() === 'PATCH') parts.push(new URL(request.url()).pathname)
      })
      await visit.page.goto('/library')
      await visit.page
        .getByText(t('library.empty'))
        .or(visit.page.getByRole('list', { name: t('library.list') }))
        .waitFor()
      await send('street.avi', 'voice.wav', 'sign.png', 'long.wav')
      for (const name of ['street.avi', 'voice.wav', 'sign.png', 'long.wav']) await card(name).waitFor()
      expect(parts.filter((path) => path.startsWith('/api/v1/uploads/'))).toHaveLength(1)
      await expect
        .poll(() => visit.page.getByText(t('library.processing')).count(), { timeout: 2 * minutes })
        .toBe(0)
      await takeAllLooks(visit, 'library', [1280], async () => {
        await visit.page.locator('.grid img').first().waitFor()
        await visit.page.locator('.grid svg path').first().waitFor()
      })
      await visit.lookAs({ width: 390 })
      await card('street.avi').waitFor()
      await expectNoSidewaysScroll(visit.page)
      await visit.screenshot('library-light-zh-390', { fullPage: true })
      await visit.close()
    },
  )

  test(
    'resumes a large file where it had stopped after the page was left',
    { timeout: 4 * minutes, skip: !hasFfmpeg },
    async () => {
      await ffmpeg('-f', 'lavfi', '-i', 'sine=f=110:d=900', at('speech.wav'))
      visit = await bench.visitAs('admin')
      await visit.page.goto('/library')
      const offsets: number[] = []
      let isLineCut = true
      // The first part arrives, and the connection is lost in the second. The handler stays in place, because
      // requests made while a browser removes one are never answered.
      await visit.page.route('**/api/v1/uploads/*', async (route) => {
        if (!isLineCut || route.request().method() !== 'PATCH') return route.continue()
        offsets.push(Number(await route.request().headerValue('upload-offset')))
        return offsets.length === 1 ? route.continue() : route.abort()
      })
      await send('speech.wav')
      await expect.poll(() => offsets.length, { timeout: minutes }).toBeGreaterThan(1)
      // The page itself tries again while it is open. The line works again only after it was left, so that the
      // next page is the first one whose part arrives.
      await visit.page.goto('about:blank')
      isLineCut = false
      await visit.page.goto('/library')
      const again: number[] = []
      visit.page.on('request', (request) => {
        if (request.method() === 'PATCH') again.push(Number(request.headers()['upload-offset']))
      })
      await send('speech.wav')
      await card('speech.wav').waitFor()
      expect(again).toEqual([offsets[1]])
      expect(offsets[1]).toBeGreaterThan(0)
      await visit.close()
    },
  )

  test(
    'plays frame by frame what browsers cannot play themselves, and keeps filter and preview in the address',
    { timeout: 2 * minutes, skip: !hasFfmpeg },
    async () => {
      visit = await bench.visitAs('admin')
      await visit.page.goto('/library')
      await visit.page.getByRole('button', { name: t('library.kind.video'), exact: true }).click()
      await expect.poll(() => card('voice.wav').count()).toBe(0)
      await card('street.avi').click()
      const dialog = visit.page.getByRole('dialog')
      await dialog
        .getByRole('button', { name: t('player.play'), exact: true })
        .and(visit.page.locator(':enabled'))
        .waitFor()
      await dialog.getByRole('button', { name: t('player.frame_on') }).click()
      await dialog.getByText(t('player.frame', { frame: 1, last: 99 })).waitFor()
      await visit.screenshot('library-preview-zh')
      const address = new URL(visit.page.url())
      expect(address.searchParams.get('kind')).toBe('video')
      await visit.page.goto(address.pathname + address.search)
      await dialog.waitFor()
      await visit.close()
    },
  )

  test(
    'stores tags, finds files by them, and names the uses of a file before it is deleted',
    { timeout: 2 * minutes, skip: !hasFfmpeg },
    async () => {
      visit = await bench.visitAs('admin')
      await visit.page.goto('/library')
      await card('sign.png').click()
      const dialog = visit.page.getByRole('dialog')
      await dialog.getByLabel(t('library.add_tag')).fill('街道，标志')
      await dialog.getByLabel(t('library.add_tag')).press('Enter')
      await dialog.getByRole('button', { name: t('library.remove_tag', { tag: '标志' }) }).waitFor()
      await dialog.getByRole('button', { name: t('library.close'), exact: true }).click()
      await visit.page
        .getByRole('group', { name: t('library.filter_tag') })
        .getByRole('button', { name: '标志' })
        .click()
      await expect.poll(() => card('voice.wav').count()).toBe(0)
      await card('sign.png').click()
      await dialog.getByRole('button', { name: t('library.delete'), exact: true }).click()
      const confirmation = visit.page.getByRole('dialog', {
        name: t('library.delete_title', { name: 'sign.png' }),
      })
      await confirmation.getByText(t('library.unused')).waitFor()
      await confirmation.getByRole('button', { name: t('library.delete'), exact: true }).click()
      await expect.poll(() => card('sign.png').count()).toBe(0)
      await visit.close()
    },
  )
})
