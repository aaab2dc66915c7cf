import {
  emptyPresentation,
  languages,
  textIn,
  type Language,
  type LocalText,
  type Manifest,
  type Presentation,
} from '@vitrine/contract'
import { longest, most } from '@vitrine/contract/limits'
import { isObject } from '@vitrine/contract/schema-check'

/** The language of a text: Chinese if it has Han characters. */
const languageOfText = (text: string): Language => (/\p{Script=Han}/u.test(text) ? 'zh' : 'en')

/** The beginning of a text. A character of two halves is left out rather than cut. */
const beginning = (text: string, length: number): string =>
  text.slice(0, (text.codePointAt(length - 1) ?? 0) > 0xffff ? length - 1 : length)

/** A text of a manifest in each language in which it is known. */
function knownTexts(manifest: Manifest, written: string, length: number): LocalText {
  const known: LocalText = {}
  if (written === '') return known
  known[languageOfText(written)] = beginning(written, length)
  for (const language of languages) {
    const said = textIn(manifest.translations, language)(written)
    if (said !== written) known[language] = beginning(said, length)
  }
  return known
}

/** Text without the marks of Markdown. */
const plain = (markdown: string): string =>
  markdown
    .replaceAll(/!\[[^\]]{0,500}\]\([^()]*(?:\([^()]*\))?\)/g, '')
    .replaceAll(/\[([^\]]{0,500})\]\([^()]*(?:\([^()]*\))?\)/g, '$1')
    .replaceAll(/<[^<>]*>/g, '')
    .replaceAll(/[*_`~]+/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** The first sentence, or the first characters if it is too long. */
const firstSentence = (text: string, length: number): string =>
  beginning(/^.*?(?:[。！？]|[.!?](?=\s|$))/u.exec(text)?.[0] ?? text, length)

/** The title, the first paragraph and the whole text below the title of a README. */
function partsOf(readme: string): { title: string; line: string; story: string } {
  const text = readme.replaceAll('\r\n', '\n').trim()
  const heading = /^#[ \t]+(.+)$/m.exec(beginning(text, 2_000))
  const title = heading ? plain(heading[1] ?? '') : ''
  const story = heading ? text.slice(heading.index + heading[0].length).trim() : text
  const isParagraph = (block: string) =>
    !/^(?:#|```|~~~|\||[-*+>] |\d+\. |<)/.test(block) && plain(block) !== ''
  const paragraph = beginning(story, 10_000)
    .split(/\n\s*\n/)
    .map((block) => block.trim())
    .find(isParagraph)
  return { title, line: firstSentence(plain(paragraph ?? ''), longest.presentationLine), story }
}

function fieldsOf(manifest: Manifest): Presentation['fields'] {
  const schemas = [manifest.input, manifest.parameters].flatMap(({ properties }) =>
    isObject(properties) ? Object.entries(properties) : [],
  )
  // Schemas may have names of any length; a presentation has those that a person can read.
  const named = schemas.filter(([name]) => name !== '' && name.length <= longest.presentedName)
  return Object.fromEntries(
    named.slice(0, most.presentedFields).map(([name, schema]) => {
      const title = isObject(schema) && typeof schema.title === 'string' ? schema.title : ''
      return [name, { shown: true, title: knownTexts(manifest, title, longest.fieldTitle) }]
    }),
  )
}

/**
 * What a package says about itself: its name, docstring and schemas from the manifest, and its README files. What a README
 * says goes before the manifest, because it is written for people. Pure.
 */
export function suggestPresentation(manifest: Manifest, readmes: readonly string[]): Presentation {
  const title = knownTexts(manifest, manifest.name, longest.presentationTitle)
  const line: LocalText = {}
  const story: LocalText = {}
  const lead = firstSentence(manifest.description.trim(), longest.presentationLine)
  if (lead !== '') line[languageOfText(lead)] = lead
  for (const readme of readmes) {
    const parts = partsOf(readme)
    const language = languageOfText(parts.line || parts.title || parts.story)
    if (parts.title !== '') title[language] = beginning(parts.title, longest.presentationTitle)
    if (parts.line !== '') line[language] = parts.line
    if (parts.story !== '') story[language] = beginning(parts.story, longest.presentationStory)
  }
  return { ...emptyPresentation, title, line, story, task: manifest.task, fields: fieldsOf(manifest) }
}
