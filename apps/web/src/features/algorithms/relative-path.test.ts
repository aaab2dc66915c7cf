import { describe, expect, test } from 'vitest'
import { pathFrom } from './relative-path.ts'

describe('an address in a README', () => {
  test.each([
    ['docs', 'a.png', 'docs/a.png'],
    ['docs/en', '../img/a%20b.png?raw=true', 'docs/img/a b.png'],
    ['docs', '/img/a.png', 'img/a.png'],
    ['', './a.png#top', 'a.png'],
    ['', '../a.png', null],
    ['', 'https://example.com/a.png', null],
    ['', '//example.com/a.png', null],
    ['', 'javascript:alert(1)', null],
    ['', '#chapter', null],
    ['', '%E0%A4%A', null],
  ])('in the folder “%s”, %s leads to %s', (folder, address, path) => {
    expect(pathFrom(folder, address)).toBe(path)
  })
})
