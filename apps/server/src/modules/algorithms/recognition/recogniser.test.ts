import { expect, test } from 'vitest'
import { codeCheckerHere } from '../preflight/code-checker.test-setup.ts'
import { examine } from '../preflight/preflight.ts'
import { usualShapes } from './choose-plan.ts'
import type { Fault } from './looking.ts'
import { viewOf, type Files } from './package.test-view.ts'
import { say } from './plan.ts'
import { readRequirements } from './python/requirements.ts'
import { recognise } from './recognise.ts'
import { createRecogniser } from './recogniser.ts'

const code = codeCheckerHere()
const given = { packageName: 'demo' }
const noFaults = (fault: Fault) => {
  throw new Error(fault.error)
}
const webApp = 'from fastapi import FastAPI\napp = FastAPI()\n'
/** As much code as is read of a package, written to be as slow as possible to read. */
const slow: Files = Object.fromEntries(
  Array.from({ length: 32 }, (_none, at) => [`m${at}.py`, webApp + 'def a(): a=b()\n'.repeat(69_000)]),
)

test('a thread recognises a package as it is recognised here', async () => {
  const view = viewOf({ 'api/main.py': webApp, 'requirements.txt': 'fastapi\n' })
  const inThread = await createRecogniser(code, noFaults).recognise('somebody', view, given)
  expect(inThread).toEqual(await examine({ code }, 'somebody', view, given))
  expect(inThread.manifest?.entry).toBe('api/main.py:app')
})

test('a package that takes too long is refused with what was looked for and the file that was read last', async () => {
  const recogniser = createRecogniser(code, noFaults, { longestMs: 1_000 })
  await expect(recogniser.recognise('somebody', viewOf(slow), given)).rejects.toMatchObject({
    code: 'algorithm.recognition_exceeded',
    status: 422,
    details: {
      limit: 'time',
      seconds: 1,
      // How far it got in that time depends on the machine.
      looked_for: expect.toBeOneOf(usualShapes.map(({ words }) => words)),
      path: expect.stringMatching(/^m\d+\.py$/),
    },
  })
  // Its thread was ended, and others are recognised by another.
  const next = await recogniser.recognise('somebody', viewOf({ 'main.py': webApp }), given)
  expect(next.manifest?.form).toBe('asgi-app')
})

test('a package that takes too much memory is refused', async () => {
  const recogniser = createRecogniser(code, noFaults, { memoryMb: 64 })
  await expect(recogniser.recognise('somebody', viewOf(slow), given)).rejects.toMatchObject({
    code: 'algorithm.recognition_exceeded',
    details: { limit: 'memory', memory_mb: 64 },
  })
})

/** A package whose files are not there to be read before `release` is called. */
function heldView() {
  const ready = viewOf({ 'main.py': webApp })
  let release = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  const readText = async (path: string) => {
    await released
    return ready.readText(path)
  }
  return { view: { ...ready, readText }, release: () => release() }
}

test('a slow package of one person does not delay the package of another', async () => {
  const recogniser = createRecogniser(code, noFaults)
  const { view, release } = heldView()
  const own = [1, 2].map(() => recogniser.recognise('slow', view, given))
  const other = await recogniser.recognise('other', viewOf({ 'main.py': webApp }), given)
  expect(other.manifest?.form).toBe('asgi-app')
  release()
  for (const { manifest } of await Promise.all(own)) expect(manifest?.form).toBe('asgi-app')
})

test('work that nobody waits for any more ends, and with it the turn of its owner', async () => {
  const recogniser = createRecogniser(code, noFaults)
  const { view } = heldView()
  const left = new AbortController()
  const abandoned = recogniser.recognise('somebody', view, given, left.signal)
  const next = recogniser.recognise('somebody', viewOf({ 'main.py': webApp }), given)
  left.abort('gone')
  await expect(abandoned).rejects.toBe('gone')
  expect((await next).manifest?.form).toBe('asgi-app')
})

test('who leaves before their turn has come takes none', async () => {
  const recogniser = createRecogniser(code, noFaults)
  const { view, release } = heldView()
  const first = recogniser.recognise('somebody', view, given)
  const left = new AbortController()
  const abandoned = recogniser.recognise('somebody', heldView().view, given, left.signal)
  const next = recogniser.recognise('somebody', viewOf({ 'main.py': webApp }), given)
  left.abort('gone')
  await expect(abandoned).rejects.toBe('gone')
  release()
  for (const { manifest } of await Promise.all([first, next])) expect(manifest?.form).toBe('asgi-app')
})

test('the time in which files are read does not count', async () => {
  const recogniser = createRecogniser(code, noFaults, { longestMs: 1_000 })
  const { view, release } = heldView()
  const waiting = recogniser.recognise('somebody', view, given)
  // This takes all the time that a package may take, while the other one waits for its first file.
  await expect(recogniser.recognise('slow', viewOf(slow), given)).rejects.toThrow('took more than 1 s')
  release()
  expect((await waiting).manifest?.form).toBe('asgi-app')
})

test('a file that cannot be read is the error of who asked', async () => {
  const view = { ...viewOf({ 'main.py': webApp }), readText: () => Promise.reject(new Error('disk is gone')) }
  const recogniser = createRecogniser(code, () => undefined)
  await expect(recogniser.recognise('somebody', view, given)).rejects.toThrow('disk is gone')
})

test('how a stored package starts is read in a thread as well', async () => {
  const view = viewOf({
    'main.py': 'from http.server import HTTPServer\nHTTPServer(("", 8000), None).serve_forever()\n',
  })
  const recogniser = createRecogniser(code, noFaults)
  const { manifest } = await recogniser.recognise('somebody', view, given)
  if (!manifest) throw new Error('nothing was recognised')
  const edits = await recogniser.readEdits('somebody', view, manifest)
  expect(edits.map(({ text }) => text)).toContain('int(__import__("os").environ["PORT"])')
})

test('what a stored package needs installed is read as it is read here', async () => {
  const files = { 'app/requirements.txt': 'numpy\n-r more.txt\n', 'app/more.txt': 'torch==2.1.2\n' }
  const view = viewOf(files)
  const recogniser = createRecogniser(code, noFaults)
  const here = { ...view, has: (path: string) => path in files }
  expect(await recogniser.readRequirements('somebody', view, { folder: 'app', named: null })).toEqual(
    await readRequirements(here, 'app'),
  )
  const named = await recogniser.readRequirements('somebody', view, { folder: '', named: 'app/more.txt' })
  expect(named.list?.lines).toEqual(['torch==2.1.2'])
})

test('requirements that take too long to read are refused, and what was being read is told', async () => {
  const recogniser = createRecogniser(code, noFaults, { longestMs: 20 })
  const keys = Array.from({ length: 100_000 }, (_none, at) => `k${at}: 1`).join('\n')
  const view = viewOf({ 'environment.yml': `dependencies: [numpy]\n${keys}\n` })
  await expect(
    recogniser.readRequirements('somebody', view, { folder: '', named: null }),
  ).rejects.toMatchObject({
    code: 'algorithm.recognition_exceeded',
    details: { limit: 'time', looked_for: { en: 'what it needs installed' }, path: 'environment.yml' },
  })
})

test('routes that take too long to read are not known, which is no error', async () => {
  const recogniser = createRecogniser(code, noFaults, { longestMs: 20 })
  const many = Array.from(
    { length: 20_000 },
    (_none, at) => `@app.get("/r${at}")\ndef f${at}():\n    return 1\n`,
  )
  const view = viewOf({ 'main.py': `${webApp}${many.join('')}` })
  expect(await recogniser.readRoutes('somebody', view)).toBeNull()
})

test('the routes that a stored package states are read in a thread as well', async () => {
  const view = viewOf({ 'main.py': `${webApp}@app.post("/reverse")\ndef reverse():\n    return 1\n` })
  const routes = await createRecogniser(code, noFaults).readRoutes('somebody', view)
  expect(routes).toEqual([{ method: 'POST', path: '/reverse', body: 'json', fields: [] }])
})

const failing = {
  words: say('破损的形式', 'broken shapes'),
  detectors: [() => Promise.reject(new TypeError('no such thing'))],
}

test('a part that fails is named, and the others go on', async () => {
  const view = viewOf({ 'main.py': webApp })
  const { manifest, warnings, faults } = await recognise(view, given, { shapes: [failing, ...usualShapes] })
  expect(manifest?.entry).toBe('main.py:app')
  expect(warnings[0]).toMatchObject({
    code: 'recognition.failed',
    text: { en: expect.stringMatching(/^Looking for “broken shapes” ended with an error .*no such thing/) },
  })
  expect(faults[0]?.error).toContain('TypeError: no such thing\n')
})

test('if nothing else fits, the part that failed is a problem', async () => {
  const { manifest, problems } = await recognise(viewOf({ 'a.txt': '' }), given, { shapes: [failing] })
  expect(manifest).toBeNull()
  expect(problems.map((problem) => problem.code)).toEqual(['algorithm.not_recognised', 'recognition.failed'])
})
