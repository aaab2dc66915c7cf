import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runInThisContext } from 'node:vm'
import { build } from 'esbuild'
import { expect, onTestFinished, test } from 'vitest'
import { asciiOnly, httpByRequire } from './quick-to-load.mjs'

test('a bundle that uses http does not load the fetch of Node', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-bundle-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const entry = join(folder, 'entry.ts')
  await writeFile(
    entry,
    `import { request } from 'node:http'
     import * as all from 'http'
     console.log(typeof request, all.request === request, process.moduleLoadList.filter((one) => one.includes('undici')))`,
  )
  const outfile = join(folder, 'bundle.mjs')
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
    },
    plugins: [httpByRequire],
  })
  const { stdout } = await promisify(execFile)(process.execPath, [outfile])
  expect(stdout.trim()).toBe('function true []')
})

test('regular expressions of a bundle in ASCII find what they found', () => {
  const source = '[/^[＝。]+/, /录音|语音/, /^[😀]$/u, /\\s(?:[-–—])/]'
  const text = asciiOnly(source)
  expect(text).toMatch(/^\p{ASCII}*$/u)
  const found = (code: string) =>
    ['＝。＝1', '一段语音', '😀', 'a — b', 'nothing'].map((one) => {
      const expressions: RegExp[] = runInThisContext(code)
      return expressions.map((expression) => expression.exec(one)?.[0] ?? null)
    })
  expect(found(text)).toEqual(found(source))
  expect(
    found(text)
      .flat()
      .filter((one) => one !== null),
  ).toEqual(['＝。＝', '语音', '😀', ' —'])
})

test('a raw text that is not ASCII stops the build, because an escape in it would be shown', () => {
  expect(() => asciiOnly('const text = String.raw`路径`')).toThrow('String.raw')
  expect(asciiOnly('const text = String.raw`\\d`')).toBe('const text = String.raw`\\d`')
})
