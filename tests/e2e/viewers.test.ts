import type { Json, Output } from '@vitrine/contract'
import { resultKindNames, type ResultKind } from '@vitrine/contract/results'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInBrowser, openBrowser, type TestBrowser, type Visit } from '../support/browser.ts'
import { ffmpeg, hasFfmpeg } from '../support/ffmpeg.ts'
import { assetOf, ViewerPage } from '../support/viewer-page.ts'
import { results, tracks, transcript } from './viewer-results.ts'

const kinds = new URL('../../apps/web/src/shared/kinds', import.meta.url).pathname
/** The example in a kind's folder. */
const exampleOf = async (kind: ResultKind): Promise<{ input: Json; data: Json }> => {
  const module: { default: { input: Json; data: Json } } = await import(join(kinds, kind, 'example.ts'))
  return module.default
}

describeInBrowser('the viewers of results', () => {
  let page: ViewerPage
  let browser: TestBrowser
  let visit: Visit

  beforeAll(async () => {
    page = await ViewerPage.open()
    browser = await openBrowser()
    await mkdir(page.folder, { recursive: true })
    if (!hasFfmpeg) return
    const at = (name: string) => join(page.folder, name)
    const x264 = ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-movflags', '+faststart']
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25', '-t', '8', ...x264, at('video.mp4'))
    await ffmpeg('-f', 'lavfi', '-i', 'sine=f=330:d=6.5', at('sound.wav'))
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc=s=640x480', '-frames:v', '1', at('picture.png'))
    const peaks = Array.from(
      { length: 1200 },
      (_, place) => Math.sin(place / 2) * Math.abs(Math.sin(place / 90)) * (place % 2 ? 1 : -1),
    )
    await writeFile(at('waveform.json'), JSON.stringify({ duration_s: 6.5, peaks }))
  }, 300_000)
  afterAll(async () => {
    await browser?.close()
    await page?.close()
  })

  const show = (result: { outputs: Output[]; input: Json }): void => {
    const form = (file: string, mime: string) => ({ file: join(page.folder, file), mime })
    page.show({
      ...result,
      media: {
        video: {
          asset: assetOf({ id: 'video', kind: 'video', frame_rate: 25, variants: ['playable'] }),
          forms: { playable: form('video.mp4', 'video/mp4') },
        },
        sound: {
          asset: assetOf({ id: 'sound', kind: 'audio', variants: ['playable', 'waveform'] }),
          forms: {
            playable: form('sound.wav', 'audio/wav'),
            waveform: form('waveform.json', 'application/json'),
          },
        },
        picture: {
          asset: assetOf({ id: 'picture', kind: 'image', variants: ['playable'] }),
          forms: { playable: form('picture.png', 'image/png') },
        },
      },
    })
  }
  const open = async (result: { outputs: Output[]; input: Json }, query = 'language=en'): Promise<void> => {
    show(result)
    visit = await browser.visit(page.origin, { width: 900, height: 900 })
    await visit.page.goto(`/?${query}`)
    await visit.page.locator('.result[aria-busy=false]').waitFor()
  }

  test.each(
    Object.keys(results).flatMap((name) =>
      (['zh', 'en'] as const).map(
        (language) => [name, language, language === 'zh' ? 'dark' : 'light'] as const,
      ),
    ),
  )('%s is shown without an error in %s, %s', { skip: !hasFfmpeg }, async (name, language, theme) => {
    const result = results[name]
    if (result === undefined) throw new Error(name)
    await open(result, `language=${language}&theme=${theme}`)
    if (name === 'tracks' || name === 'transcript') {
      await visit.page.locator('.main:enabled').waitFor()
      await visit.page.locator('.player').first().press('ArrowRight')
      await expect
        .poll(() =>
          visit.page
            .locator('video')
            .first()
            .evaluate((video: HTMLVideoElement) => !video.seeking && video.currentTime >= 5),
        )
        .toBe(true)
    }
    await visit.screenshot(`viewer-${name}-${language}-${theme}`, { fullPage: true })
    await visit.close()
  })

  test.each(
    resultKindNames.flatMap((kind) => (['zh', 'en'] as const).map((language) => [kind, language] as const)),
  )('the example of %s is shown by its own viewer in %s', async (kind, language) => {
    const example = await exampleOf(kind)
    await open({ outputs: [{ kind, data: example.data }], input: example.input }, `language=${language}`)
    await visit.page.locator('.result section').first().waitFor()
    // A viewer that is still loading or has failed is an empty section or a note.
    await expect.poll(() => visit.page.locator('.result section > *').count()).toBeGreaterThan(0)
    await expect.poll(() => visit.page.getByRole('note').count()).toBe(0)
    await visit.close()
  })

  test('a depth map shows the value under the pointer, and hides what is too far away', async () => {
    const map = [
      [4, 4, 1, 1],
      [4, 4, 1, 1],
    ]
    await open({ outputs: [{ kind: 'depth', data: { map, unit: 'm' } }], input: null })
    const scene = visit.page.getByRole('img', { name: 'Depth map: nearest 1 m, farthest 4 m' })
    await scene.hover({ position: { x: 10, y: 10 } })
    await visit.page.getByText('Here 4 m').waitFor()
    // Without a pointer the arrow keys start in the middle.
    await visit.page.mouse.move(0, 0)
    await scene.focus()
    await visit.page.keyboard.press('ArrowRight')
    await visit.page.getByText('Here 1 m').waitFor()
    const painted = () =>
      scene.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
        const { data = [] } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {}
        return [...data].filter((value, at) => at % 4 === 3 && value > 0).length
      })
    await expect.poll(painted).toBe(8)
    await visit.page.getByLabel('Show only nearer points').fill('50')
    await expect.poll(painted).toBe(4)
    await visit.page.getByText('Up to 2.5 m (50%)').waitFor()
    await visit.close()
  })

  test('a word that is pressed is played, and is the one that is marked', { skip: !hasFfmpeg }, async () => {
    await open({ outputs: [transcript], input: { asset_id: 'sound' } })
    await visit.page.locator('.main:enabled').waitFor()
    // A word lasts less than half a second. At this speed the sound stays at its word while it is played.
    await visit.page.locator('video').evaluate((sound: HTMLVideoElement) => {
      sound.playbackRate = 0
    })
    await visit.page.getByRole('button', { name: 'turn', exact: true }).click()
    await visit.page.locator('.words [aria-current=true]').getByText('turn').waitFor()
    await visit.page.getByRole('button', { name: 'Pause' }).click()
    await visit.page.getByRole('searchbox').fill('LEFT at')
    await visit.page.getByText('1 of 1').waitFor()
    await expect
      .poll(() => visit.page.locator('.words .here').allTextContents())
      .toEqual(['left', 'at'].map((word) => expect.stringContaining(word)))
    await visit.close()
  })

  test(
    'the threshold hides boxes without a new run, and still applies when one is followed',
    { skip: !hasFfmpeg },
    async () => {
      await open({ outputs: [tracks], input: { asset_id: 'video' } })
      await visit.page.locator('.main:enabled').waitFor()
      const inkAt = async (threshold: string) => {
        await visit.page.getByLabel('Score threshold').fill(threshold)
        return visit.page.locator('canvas.overlay').evaluate(async (canvas: HTMLCanvasElement) => {
          // After two frames, the earlier drawing is on the screen.
          for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame)
          const pixels =
            canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ??
            new Uint8ClampedArray()
          return pixels.reduce((count, value, at) => count + (at % 4 === 3 && value > 0 ? 1 : 0), 0)
        })
      }
      await visit.page.locator('.player').press('ArrowRight')
      await expect.poll(() => inkAt('0')).toBeGreaterThan(500)
      // Compared one right after the other, because the player may still be seeking to its first frame.
      await expect.poll(async () => (await inkAt('0')) - (await inkAt('0.7'))).toBeGreaterThan(0)
      await visit.page.getByText('All tracked objects').click()
      await visit.page.getByRole('button', { name: /#6 dog/ }).click()
      await expect.poll(() => visit.page.locator('canvas.overlay').getAttribute('data-frame')).toBe('60')
      await visit.close()
    },
  )

  test('markdown of an algorithm never becomes active content', async () => {
    const texts = [
      '<script>document.title = "owned"</script>',
      '<img src=x onerror="document.title = 1">',
      '[a](javascript:document.title=1)',
      '<iframe src="/"></iframe>',
      '![b](https://198.51.100.1/track.png)',
      '<svg onload="document.title = 1">',
      '<style>body { display: none }</style>',
      '[good](https://example.org)',
    ]
    await open({ outputs: [{ kind: 'markdown', data: texts.join('\n\n') }], input: null })
    const markdown = visit.page.locator('.markdown')
    await markdown.getByText('document.title = "owned"').waitFor()
    await expect.poll(() => markdown.locator('script, iframe, svg, style, img, form').count()).toBe(0)
    expect(
      await markdown
        .locator('a')
        .evaluateAll((links) => links.map((link) => [link.getAttribute('href'), link.getAttribute('rel')])),
    ).toEqual([['https://example.org', 'noopener noreferrer nofollow']])
    expect(await visit.page.title()).toBe('Viewers')
    await visit.close()
  })

  test('a table is sorted by pressing a column’s head', async () => {
    const { table } = results
    if (table === undefined) throw new Error('no table')
    await open(table)
    await visit.page.getByRole('columnheader', { name: 'count' }).getByRole('button').click()
    await expect
      .poll(() => visit.page.locator('tbody tr td:first-child').allTextContents())
      .toEqual(['dog', 'person', 'car', 'bicycle'].map((word) => expect.stringContaining(word)))
    await visit.close()
  })

  test('data that does not fit its kind is shown unchanged, with the reason', async () => {
    const { broken } = results
    if (broken === undefined) throw new Error('no broken result')
    await open(broken)
    await visit.page.getByText('tracks: expected array').first().waitFor()
    await visit.page.getByText('counts add up to 3').waitFor()
    await visit.page.getByText('hologram').first().waitFor()
    await visit.close()
    await open(broken, 'language=zh')
    await visit.page.getByText('tracks: 应为列表').waitFor()
    await visit.page.getByText('counts 之和为 3').waitFor()
    await visit.close()
  })

  test('a page without sound or video loads no player', async () => {
    const { table } = results
    if (table === undefined) throw new Error('no table')
    show(table)
    visit = await browser.visit(page.origin, {})
    const loaded: string[] = []
    visit.page.on('request', (request) => loaded.push(new URL(request.url()).pathname))
    await visit.page.goto('/?language=en')
    await visit.page.getByRole('columnheader').first().waitFor()
    expect(loaded.some((path) => /TableResult/.test(path))).toBe(true)
    expect(loaded.filter((path) => /player|MediaNotice|Tracks|Transcript|markdown|tus/i.test(path))).toEqual(
      [],
    )
    await visit.close()
  })
})
