// @vitest-environment happy-dom
import { afterEach, expect, test } from 'vitest'
import { shownText } from './shown-text.ts'

afterEach(() => document.body.replaceChildren())
const shown = (html: string) => {
  const element = document.createElement('div')
  element.innerHTML = html
  document.body.append(element)
  return shownText(element)
}

test('headings and paragraphs are text, and what is drawn is left to its picture', () => {
  expect(shown('<h5>Boxes</h5><div data-drawn=""><p>drawn</p></div><p>the same data</p>')).toEqual([
    { type: 'heading', text: 'Boxes' },
    { type: 'paragraph', text: 'the same data', look: 'usual' },
  ])
})

test('what a text has more or less than the other stays marked', () => {
  expect(shown('<p>one <ins>two</ins> <del>three</del></p>')).toEqual([
    {
      type: 'parts',
      parts: [
        { text: 'one ', as: null },
        { text: 'two', as: { type: 'ins' } },
        { text: ' ', as: null },
        { text: 'three', as: { type: 'del' } },
      ],
    },
  ])
})

test('each item of a list is a line', () => {
  expect(shown('<ul><li>same <b>2</b></li><li>only A <b>1</b></li></ul>')).toEqual([
    { type: 'paragraph', text: 'same 2\nonly A 1', look: 'usual' },
  ])
})

test('a legend keeps the colours of its lines', () => {
  const html =
    '<ul><li data-mark="#d5dee8">same <b>2</b></li><li data-mark="#ff7b7b" data-dashed="">only A <b>1</b></li></ul>'
  expect(shown(html)).toEqual([
    {
      type: 'legend',
      rows: [
        { text: 'same 2', colour: '#d5dee8', dashed: false },
        { text: 'only A 1', colour: '#ff7b7b', dashed: true },
      ],
    },
  ])
})
