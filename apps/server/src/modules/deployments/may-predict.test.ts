import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { mayPredict } from './examine-release.ts'

const withCode = async (code: string, runtime: 'node' | 'python' = 'node') => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-test-may-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'server.js'), code)
  return mayPredict(folder, { runtime })
}

test('a Node server is asked whether it predicts only if its code names what the contract sends', async () => {
  expect(await withCode('app.post("/predict", (q, r) => r.send(q.body.input_data))')).toBe(true)
  expect(await withCode('server.route({ method: "GET", path: "/" })')).toBe(false)
  expect(await withCode(`// ${'x'.repeat(1024 ** 2)}`)).toBe(true)
})

test('any other server is asked', async () => {
  expect(await withCode('', 'python')).toBe(true)
})
