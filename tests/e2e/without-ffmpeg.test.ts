import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hasCode } from '../../apps/server/src/lib/code-of-error.ts'
import type { PackageFiles } from '../support/api-client.ts'
import { describeInBrowser, type Visit } from '../support/browser.ts'
import { ffmpeg, hasFfmpeg } from '../support/ffmpeg.ts'
import { expectAccessible, takeAllLooks } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

/** Returns the size of the file or the length of the text that it was given. */
const sizing = (kind: string): PackageFiles => ({
  'ai_algorithm.py': `
import os

class Algorithm:
    def predict(self, input_data, **parameters):
        return [{"kind": "number", "data": {"value": ${kind === 'text' ? 'len(e)' : 'os.path.getsize(e)'}}} for e in input_data]
`,
  'algorithm.yaml': `name: 量一量\ninput: { type: string${kind === 'text' ? '' : `, x-kind: ${kind}`} }\n`,
})

/** A folder with all programs of this machine except ffmpeg, to use as PATH. */
async function programsWithoutFfmpeg(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-programs-'))
  // Algorithms run as another account and also find their programs there.
  await chmod(folder, 0o755)
  for (const from of ['/usr/bin', '/usr/sbin', '/usr/local/bin'])
    for (const name of await readdir(from))
      if (!name.startsWith('ff') && !existsSync(join(folder, name)))
        await symlink(join(from, name), join(folder, name)).catch((error: unknown) => {
          // A broken link exists although it cannot be resolved.
          if (!hasCode(error, 'EEXIST')) throw error
        })
  return folder
}

describeInBrowser('a machine without ffmpeg', () => {
  let bench: TestBench
  let t: Words
  let programs: string
  let folder: string
  let visit: Visit
  const at = (name: string) => join(folder, name)

  beforeAll(async () => {
    programs = await programsWithoutFfmpeg()
    folder = await mkdtemp(join(tmpdir(), 'vitrine-media-'))
    t = await wordsOf('zh')
    bench = await TestBench.open({ PATH: programs })
    const admin = await bench.platform.admin()
    for (const kind of ['text', 'image', 'video', 'audio']) await admin.publish(`size-${kind}`, sizing(kind))
    if (!hasFfmpeg) return
    const street = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25', '-t', '4']
    await ffmpeg(
      ...street,
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuv420p',
      '-movflags',
      '+faststart',
      at('街景.mp4'),
    )
    await ffmpeg(...street, '-c:v', 'mpeg4', at('街景.avi'))
    await ffmpeg('-f', 'lavfi', '-i', 'sine=f=330:d=3', at('声音.wav'))
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc=s=640x480', '-frames:v', '1', at('图.png'))
  }, 6 * minutes)
  afterAll(async () => {
    await bench?.close()
    for (const made of [programs, folder]) if (made) await rm(made, { recursive: true, force: true })
  }, 3 * minutes)

  const card = (name: string) =>
    visit.page.getByRole('list', { name: t('library.list') }).getByRole('button', { name })
  const notice = () => visit.page.getByRole('note', { name: t('player.tools.missing') })
  /** Takes pictures of the page in every language and theme, and then restores the first one. */
  const pictures = (name: string, ready: () => Promise<void>): Promise<void> =>
    takeAllLooks(visit, name, [1280, 390], ready)

  test('the platform says so at start, in Chinese and English', () => {
    const told = bench.platform.notes.join()
    expect(told).toContain('没有安装 ffmpeg')
    expect(told).toContain('ffmpeg is not installed')
  })

  test(
    'the library says so before anything is uploaded, and stores a video unchanged: it can be played if the browser can, and always downloaded',
    { timeout: 5 * minutes, skip: !hasFfmpeg },
    async () => {
      visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/library')
      await notice().waitFor()
      await notice().getByText('apt install ffmpeg').waitFor()
      await expectAccessible(page)
      const files = ['街景.mp4', '街景.avi', '声音.wav', '图.png']
      await page.getByTestId('library-files').setInputFiles(files.map(at))
      for (const name of files) await card(name).waitFor()
      await expect.poll(() => page.getByText(t('library.processing')).count()).toBe(0)
      await pictures('no-ffmpeg-library', () => page.locator('.grid li').nth(3).waitFor())

      const dialog = page.getByRole('dialog')
      const download = async (name: string): Promise<Buffer> => {
        const [saved] = await Promise.all([
          page.waitForEvent('download'),
          dialog.getByText(t('library.save')).click(),
        ])
        await saved.saveAs(at(`saved-${name}`))
        return readFile(at(`saved-${name}`))
      }
      await card('街景.mp4').click()
      await dialog.locator('.main:enabled').waitFor()
      expect(await dialog.locator('video').evaluate((video: HTMLVideoElement) => video.videoWidth)).toBe(320)
      await expect.poll(() => dialog.getByText(t('player.cannot_play')).count()).toBe(0)
      expect(await download('街景.mp4')).toEqual(await readFile(at('街景.mp4')))
      await dialog.getByRole('button', { name: t('library.close'), exact: true }).click()

      await card('街景.avi').click()
      await dialog.getByText(t('player.cannot_play')).waitFor()
      await dialog.getByText('没有安装 ffmpeg').waitFor()
      expect(await download('街景.avi')).toEqual(await readFile(at('街景.avi')))
      await expectAccessible(page)
      await pictures('no-ffmpeg-video', () => page.getByRole('dialog').getByRole('alert').waitFor())
      await visit.close()
    },
  )

  test(
    'pictures and texts run as usual, and the pages do not mention video',
    { timeout: 3 * minutes, skip: !hasFfmpeg },
    async () => {
      visit = await bench.visitAs('admin')
      const { page } = visit
      const run = page
        .getByRole('button', { name: t('stage.run'), exact: true })
        .and(page.locator(':enabled'))
      await page.goto('/stage/size-text')
      await page.getByRole('textbox', { name: t('stage.your_input') }).fill('四个汉字')
      await run.click()
      await page.getByText(t('runs.status.succeeded'), { exact: true }).waitFor()
      await page.goto('/stage/size-image')
      await page.getByLabel(t('stage.choose.image')).setInputFiles(at('图.png'))
      await run.click()
      await page.getByText(t('runs.status.succeeded'), { exact: true }).waitFor()
      await expect.poll(() => notice().count()).toBe(0)
      await visit.close()
    },
  )

  test(
    'a stage for video says what is missing, and runs a video all the same',
    { timeout: 5 * minutes, skip: !hasFfmpeg },
    async () => {
      visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/stage/size-video')
      await notice().waitFor()
      await expectAccessible(page)
      for (const name of ['街景.mp4', '街景.avi']) {
        await page.getByLabel(t('stage.choose.video')).setInputFiles(at(name))
        await page.getByText(t('stage.using', { name })).waitFor()
        await page
          .getByRole('button', { name: t('stage.run'), exact: true })
          .and(page.locator(':enabled'))
          .click()
        await page.getByText(t('runs.status.succeeded'), { exact: true }).waitFor()
        const size = (await readFile(at(name))).length
        await page.getByText(size.toLocaleString('zh-CN')).first().waitFor()
      }
      await pictures('no-ffmpeg-stage', () => page.getByRole('note').waitFor())
      await visit.close()
    },
  )

  test('people who cannot install it are told whom to ask', { timeout: 3 * minutes }, async () => {
    await bench.platform.person('viewer', 'viewer')
    visit = await bench.visitAs('viewer')
    await visit.page.goto('/library')
    await notice().getByText(t('player.tools.ask')).waitFor()
    await expect.poll(() => notice().getByText('apt install').count()).toBe(0)
    await visit.close()
  })
})
