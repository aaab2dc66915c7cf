import type { Json, Output } from '@vitrine/contract'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { describeInBrowser, openBrowser, type TestBrowser, type Visit } from '../support/browser.ts'
import { assetOf, ViewerPage } from '../support/viewer-page.ts'

const hasFfmpeg = existsSync('/usr/bin/ffmpeg')
const ffmpeg = async (...args: string[]): Promise<void> => {
  const ended = await runCommand({
    file: '/usr/bin/ffmpeg',
    args: ['-v', 'error', '-y', ...args],
    cwd: '/',
    env: {},
  })
  if (ended.exitCode !== 0) throw new Error(ended.stderr.join('\n'))
}

const words = 'go forward ten meters and turn left at the second door'.split(' ')
const transcript: Output = {
  kind: 'transcript',
  data: {
    text: words.join(' '),
    language: 'en',
    chunks: words.map((text, place) => ({
      ...{ text, start: 0.5 + place * 0.5, end: 0.9 + place * 0.5, score: place % 4 === 3 ? 0.41 : 0.93 },
    })),
  },
}
const tracks: Output = {
  kind: 'tracks',
  data: {
    ...{ fps: 25, frame_count: 200, width: 640, height: 360 },
    tracks: Array.from({ length: 6 }, (_, id) => ({
      ...{ id: id + 1, label: id % 3 === 2 ? 'dog' : 'person' },
      frames: [...Array(120).keys()].map((at) => [
        ...[at + id * 12, 30 + at * 4, 60 + id * 40 + Math.sin(at / 9) * 12, 44, 80, 0.45 + id / 12],
      ]),
    })),
  },
}
const square = (left: number): Json => {
  const rows = 48
  const counts: number[] = [left * rows]
  for (let column = 0; column < 14; column++) counts.push(...(column === 0 ? [] : [34]), 14)
  return { size: [rows, 64], counts: [...counts, (64 - left - 14) * rows + 34] }
}
const results: Record<string, { outputs: Output[]; input: Json }> = {
  tracks: { outputs: [tracks], input: { asset_id: 'video' } },
  transcript: { outputs: [transcript], input: { asset_id: 'sound' } },
  segmentation: {
    outputs: [
      {
        kind: 'segmentation',
        data: [
          { label: 'road', score: 0.94, mask: square(8) },
          { label: 'tree', score: 0.71, mask: square(38) },
        ],
      },
    ],
    input: { asset_id: 'picture' },
  },
  chart: {
    outputs: [
      {
        name: 'people',
        kind: 'chart',
        data: {
          ...{ type: 'line', x: { title: 'frame' }, y: { title: 'people in sight' } },
          series: ['fast', 'slow'].map((name, place) => ({
            ...{ name },
            points: Array.from({ length: 120 }, (_, x) => [x * 10, 6 + place + Math.sin(x / 8 + place) * 4]),
          })),
        },
      },
      {
        name: 'per class',
        kind: 'chart',
        data: {
          type: 'bar',
          series: [
            {
              name: 'count',
              points: [
                ['person', 12],
                ['dog', 3],
                ['bicycle', 7],
              ],
            },
          ],
        },
      },
      {
        name: 'size against speed',
        kind: 'chart',
        data: {
          type: 'scatter',
          series: [{ name: 'box', points: Array.from({ length: 60 }, (_, x) => [x * 1.3, (x * 37) % 50]) }],
        },
      },
    ],
    input: null,
  },
  markdown: {
    outputs: [
      {
        kind: 'markdown',
        data: '# Report\n\nFound **12 people** and `3` dogs.\n\n| class | count |\n|---|---|\n| person | 12 |\n| dog | 3 |\n\n> Measured on a test video.\n\n- first\n- second',
      },
    ],
    input: null,
  },
  table: {
    outputs: [
      {
        kind: 'table',
        data: {
          columns: [{ name: 'class' }, { name: 'count' }],
          rows: [
            ['person', 12],
            ['dog', 3],
            ['bicycle', null],
            ['car', 100],
          ],
        },
      },
      { kind: 'number', data: { value: 42.5, unit: 'km/h', min: 0, max: 120 } },
    ],
    input: null,
  },
  media: {
    outputs: [
      { name: 'picture', kind: 'image', data: { url: '/api/v1/assets/picture/content', mime: 'image/png' } },
      { name: 'video', kind: 'video', data: { url: '/api/v1/assets/video/content', mime: 'video/mp4' } },
      { name: 'sound', kind: 'audio', data: { url: '/api/v1/assets/sound/content', mime: 'audio/wav' } },
    ],
    input: null,
  },
  broken: {
    outputs: [
      { kind: 'tracks', data: { fps: 25, tracks: 'none' } },
      { kind: 'segmentation', data: [{ label: 'road', score: 1, mask: { size: [4, 4], counts: [3] } }] },
      { kind: 'hologram', data: { depth: 3 } },
    ],
    input: null,
  },
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
  }, 120_000)
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
  )(
    '%s is shown without an error in %s, %s',
    { timeout: 60_000, skip: !hasFfmpeg },
    async (name, language, theme) => {
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
    },
  )

  test(
    'a word that is pressed is heard, and is the one that is marked',
    { timeout: 60_000, skip: !hasFfmpeg },
    async () => {
      await open({ outputs: [transcript], input: { asset_id: 'sound' } })
      await visit.page.locator('.main:enabled').waitFor()
      await visit.page.getByRole('button', { name: 'turn', exact: true }).click()
      await visit.page.locator('.words [aria-current=true]').getByText('turn').waitFor()
      await visit.page.getByRole('button', { name: 'Pause' }).click()
      await visit.page.getByRole('searchbox').fill('LEFT at')
      await visit.page.getByText('1 of 1').waitFor()
      expect(await visit.page.locator('.words .here').allTextContents()).toEqual(
        ['left', 'at'].map((word) => expect.stringContaining(word)),
      )
      await visit.close()
    },
  )

  test(
    'the threshold hides boxes without a new run, and following one keeps it',
    { timeout: 60_000, skip: !hasFfmpeg },
    async () => {
      await open({ outputs: [tracks], input: { asset_id: 'video' } })
      await visit.page.locator('.main:enabled').waitFor()
      const inkOf = () =>
        visit.page.locator('canvas.overlay').evaluate((canvas: HTMLCanvasElement) => {
          const pixels =
            canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ??
            new Uint8ClampedArray()
          return pixels.reduce((count, value, at) => count + (at % 4 === 3 && value > 0 ? 1 : 0), 0)
        })
      await visit.page.locator('.player').press('ArrowRight')
      await expect.poll(inkOf).toBeGreaterThan(500)
      const before = await inkOf()
      await visit.page.getByLabel('Score threshold').fill('0.7')
      await expect.poll(inkOf).toBeLessThan(before)
      await visit.page.getByText('All that was followed').click()
      await visit.page.getByRole('button', { name: /#6 dog/ }).click()
      await expect.poll(() => visit.page.locator('canvas.overlay').getAttribute('data-frame')).toBe('60')
      await visit.close()
    },
  )

  test('markdown of an algorithm never becomes anything that acts', { timeout: 60_000 }, async () => {
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
    expect(await markdown.locator('script, iframe, svg, style, img, form').count()).toBe(0)
    expect(
      await markdown
        .locator('a')
        .evaluateAll((links) => links.map((link) => [link.getAttribute('href'), link.getAttribute('rel')])),
    ).toEqual([['https://example.org', 'noopener noreferrer nofollow']])
    expect(await visit.page.title()).toBe('Viewers')
    await visit.close()
  })

  test('a table is sorted by a press on a column’s head', { timeout: 60_000 }, async () => {
    const { table } = results
    if (table === undefined) throw new Error('no table')
    await open(table)
    await visit.page.getByRole('columnheader', { name: 'count' }).getByRole('button').click()
    expect(await visit.page.locator('tbody tr td:first-child').allTextContents()).toEqual(
      ['dog', 'person', 'car', 'bicycle'].map((word) => expect.stringContaining(word)),
    )
    await visit.close()
  })

  test(
    'data that does not fit its kind is shown as it is, with the reason',
    { timeout: 60_000 },
    async () => {
      const { broken } = results
      if (broken === undefined) throw new Error('no broken result')
      await open(broken)
      await visit.page.getByText('tracks: Invalid input', { exact: false }).first().waitFor()
      await visit.page.getByText('counts add up to 3').waitFor()
      await visit.page.getByText('hologram').first().waitFor()
      await visit.close()
    },
  )

  test('a page without sound or moving pictures loads no player', { timeout: 60_000 }, async () => {
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
