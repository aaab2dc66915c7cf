import { expect, test } from 'vitest'
import type { MachinePython } from '../../requirements/python-version.ts'
import { viewOf, type Files } from './package.test-view.ts'
import { recognise } from './recognise.ts'

const pythons: MachinePython[] = [{ file: '/usr/bin/python3', version: '3.13.5', closed: null }]
const seen = (given: Files, containers: boolean) =>
  recognise(viewOf(given), { packageName: 'demo' }, { pythons, containers })
const codes = (findings: readonly { code: string }[]) => findings.map(({ code }) => code)

const single = 'class Algorithm:\n    def predict(self, input_data): return input_data\n'

test('a package that asks for another Python can be stored where a container can have it', async () => {
  const given = { 'ai_algorithm.py': single, 'algorithm.yaml': 'python: "3.11"\n' }
  const alone = await seen(given, false)
  expect([codes(alone.problems), alone.container]).toEqual([['python.missing'], undefined])
  const found = await seen(given, true)
  expect(found).toMatchObject({ problems: [], container: 'needed', manifest: { python: '3.11' } })
  const finding = found.warnings.find(({ code }) => code === 'python.missing')
  expect(finding?.mend?.en).toMatch(/in a container/)
  expect(finding?.adds).toBeUndefined()
})

test('packages of Debian are part of the image, and the finding says how a package gets one', async () => {
  const given = { 'ai_algorithm.py': single, 'algorithm.yaml': 'system_packages: [ffmpeg]\n' }
  const found = await seen(given, true)
  expect(found.container).toBe('better')
  expect(found.warnings.find(({ code }) => code === 'container.needed')?.follows?.en).toMatch(
    /part of the image/,
  )
})

test('a package that needs no container may have one', async () => {
  const found = await seen({ 'ai_algorithm.py': single }, true)
  expect(found.container).toBe('possible')
})

test('a package with nothing but a Dockerfile is its image', async () => {
  const given = { Dockerfile: 'FROM golang:1.25\nCMD ["serve"]\n', 'main.go': 'package main\n' }
  expect((await seen(given, false)).manifest).toBeNull()
  expect(await seen(given, true)).toMatchObject({
    manifest: { runtime: 'docker', form: 'command', entry: 'Dockerfile' },
    container: 'needed',
    problems: [],
  })
})

test('runtime: docker needs a Dockerfile, and a platform with Docker', async () => {
  const stated = { 'algorithm.yaml': 'runtime: docker\n', 'ai_algorithm.py': single }
  const image = { ...stated, Dockerfile: 'FROM debian:13\nCMD ["serve"]\n' }
  expect(codes((await seen(stated, true)).problems)).toContain('manifest.runtime_unsupported')
  expect(codes((await seen(image, false)).problems)).toContain('manifest.runtime_unsupported')
  expect((await seen(image, true)).manifest?.runtime).toBe('docker')
})
