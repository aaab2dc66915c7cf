import { describe, expect, test } from 'vitest'
import { highlighted, languageOfFile } from './highlight.ts'

describe('colours of code', () => {
  test('the name of a file tells its language', () => {
    expect(['src/a.PY', 'Dockerfile', 'a.yml', 'a.weights', 'LICENSE'].map(languageOfFile)).toEqual([
      ...['python', 'dockerfile', 'yaml', null, null],
    ])
  })

  test('code is marked, and whatever it contains stays text', async () => {
    const html = await highlighted('a.py', 'x = "<img src=x onerror=alert(1)>"  # <script>\n')
    expect(html).toContain('hljs-string')
    expect(html?.replaceAll(/<\/?span[^>]*>/g, '')).not.toContain('<')
  })

  test('code of an unknown language or of great length has no colours', async () => {
    expect(await highlighted('a.bin', 'x')).toBeNull()
    expect(await highlighted('a.py', 'x'.repeat(300_000))).toBeNull()
  })
})
