import { readdir } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { languages } from '@vitrine/contract/choices'
import { anchorOf, guideHtml, guideLink } from './guide-html.ts'
import { chapterOf, chapters, loadChapter } from './guide-pages.ts'

describe('the guide in the pages', () => {
  test('has every document of the guide as a chapter', async () => {
    const documents = await readdir(new URL('../../../../../docs/guide', import.meta.url))
    expect(documents.toSorted()).toEqual(
      chapters.flatMap((name) => [`${name}.en.md`, `${name}.md`]).toSorted(),
    )
  })

  test('has every chapter in every language, and all links between chapters and to headings lead somewhere', async () => {
    const wrong: string[] = []
    for (const language of languages) {
      const htmls = new Map<string, string>()
      for (const chapter of chapters) htmls.set(chapter, guideHtml(await loadChapter(chapter, language)))
      for (const [chapter, html] of htmls)
        for (const [, to = ''] of html.matchAll(/href="((?:\/guide\/|#)[^"]*)"/g)) {
          const [path = '', hash = ''] = decodeURI(to).split('#')
          const target = htmls.get(path === '' ? chapter : path.slice('/guide/'.length))
          if (target === undefined || (hash !== '' && !target.includes(`id="${hash}"`)))
            wrong.push(`${language} ${chapter}: ${to}`)
        }
    }
    expect(wrong).toEqual([])
  })

  test('keeps links to chapters and out of the platform, and drops those to other documents', () => {
    expect(guideLink('many-services.en.md#groups')).toBe('/guide/many-services#groups')
    expect(guideLink('https://example.org/')).toBe('https://example.org/')
    expect(guideLink('../operations/limits.md')).toBeNull()
    expect(guideHtml('See [the limits](../operations/limits.md) and [more](using.md).')).toBe(
      '<p>See the limits and <a href="/guide/using">more</a>.</p>\n',
    )
  })

  test('has no link to the other language, no raw HTML, and an anchor at each heading', () => {
    const html = guideHtml('# Title\n\n[English](using.en.md)\n\n## One & two: 三\n\n<b>x</b>\n')
    expect(html).not.toContain('English')
    expect(html).toContain('&lt;b&gt;')
    expect(html).toContain(`<h2 id="${anchorOf('One & two: 三')}">`)
    expect(anchorOf('One & two: 三')).toBe('one--two-三')
  })

  test('begins with the first chapter if the address names none', () => {
    expect(chapterOf('nothing')).toBe('using')
    expect(chapterOf('model-files')).toBe('model-files')
  })
})
