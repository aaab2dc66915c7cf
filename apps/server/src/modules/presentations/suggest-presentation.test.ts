import { expect, test } from 'vitest'
import { longest } from '@vitrine/contract/limits'
import { completeManifest } from '../releases/releases.test-world.ts'
import { suggestPresentation } from './suggest-presentation.ts'

test('no character is cut in two where a text is too long for its field', () => {
  for (const before of ['', 'a']) {
    const long = before + '\u{1F600}'.repeat(20_000)
    const suggested = suggestPresentation(completeManifest({ name: long, description: long }), [
      `# ${long}\n\n${long}`,
    ])
    const texts = [suggested.title, suggested.line, suggested.story].flatMap((text) => Object.values(text))
    expect(texts.length).toBeGreaterThan(2)
    expect(texts.filter((text) => !text.isWellFormed() || text === '')).toEqual([])
    expect(suggested.title.en?.length).toBeGreaterThan(longest.presentationTitle - 2)
  }
})
