import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWorld, smallest } from './algorithms.test-world.ts'
import { skipPython } from './preflight/code-checker.test-setup.ts'

let world: Awaited<ReturnType<typeof openWorld>>
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const needsLibrary = { 'ai_algorithm.py': `import lightgbm\n${smallest}` }
const withLine = JSON.stringify([{ path: 'requirements.txt', lines: ['lightgbm'] }])
const codesOf = (answer: { json: () => { warnings: { code: string }[] } }) =>
  answer.json().warnings.map(({ code }) => code)

describe('lines that are added to an upload', () => {
  test.skipIf(skipPython !== null)('mend what inspecting found, and are stored with the code', async () => {
    const fields = { algorithm_id: 'mended' }
    expect(codesOf(await world.send('/inspect', { files: needsLibrary, fields }))).toContain(
      'preflight.import_unlisted',
    )
    const mended = { files: needsLibrary, fields: { ...fields, additions: withLine } }
    expect(codesOf(await world.send('/inspect', mended))).not.toContain('preflight.import_unlisted')
    expect((await world.send('', mended)).statusCode).toBe(201)
    const file = (await world.get('/mended/files?path=requirements.txt')).json()
    expect(file.content).toBe('lightgbm\n')
  })

  test('come after the last line, once, in the letters of the file', async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('numpy\r\nscipy', 'utf16le')])
    const additions = JSON.stringify([{ path: 'requirements.txt', lines: ['scipy', 'pandas'] }])
    const files = { 'ai_algorithm.py': smallest, 'requirements.txt': new Uint8Array(utf16) }
    await world.send('', { files, fields: { algorithm_id: 'appended', additions } })
    const raw = await world.get('/appended/files?path=requirements.txt&raw=1')
    expect(raw.rawPayload.toString('utf16le')).toBe('\ufeffnumpy\r\nscipy\r\npandas\r\n')
  })

  test('stand in place of the line that they replace', async () => {
    const files = {
      'ai_algorithm.py': smallest,
      'requirements.txt': 'numpy==2.1.0\n sklearn  # the model\njoblib\n',
    }
    const fields = { algorithm_id: 'replaced' }
    const inspected = await world.send('/inspect', { files, fields })
    const additions = inspected.json().problems.flatMap(({ adds }: { adds?: unknown }) => adds ?? [])
    expect(additions).toEqual([{ path: 'requirements.txt', lines: ['scikit-learn'], replaces: 'sklearn' }])
    await world.send('', { files, fields: { ...fields, additions: JSON.stringify(additions) } })
    const file = (await world.get('/replaced/files?path=requirements.txt')).json()
    expect(file.content).toBe('numpy==2.1.0\nscikit-learn\njoblib\n')
  })

  test.each([
    ['no JSON', '[{', 'additions'],
    ['a path that leads out', '[{"path": "../x", "lines": ["a"]}]', null],
    ['version control', '[{"path": ".git/config", "lines": ["a"]}]', 'additions[0].path'],
    ['a folder', '[{"path": "data", "lines": ["a"]}]', 'additions[0].path'],
    ['a folder that is missing', '[{"path": "no/such/x", "lines": ["a"]}]', 'additions[0].path'],
    ['two lines in one', '[{"path": "x", "lines": ["a\\nb"]}]', 'additions[0].lines[0]'],
  ])('are refused with %s', async (_name, additions, path) => {
    const files = { 'ai_algorithm.py': smallest, 'data/a.txt': '' }
    const answer = await world.send('', { files, fields: { algorithm_id: 'refused', additions } })
    expect(answer.statusCode).toBe(422)
    if (path !== null) expect(answer.json().error.details.issues).toMatchObject([{ path }])
    expect((await world.get('/refused')).statusCode).toBe(404)
  })
})

test.skipIf(skipPython !== null)(
  'an algorithm that Python cannot read is refused with the line, and with no advice to write it',
  async () => {
    const files = { 'ai_algorithm.py': `WORD = re.compile("a"\n${smallest}` }
    const answer = await world.send('', { files, fields: { algorithm_id: 'unclosed' } })
    const { code, message } = answer.json().error
    expect([answer.statusCode, code]).toEqual([422, 'algorithm.invalid'])
    expect(message).toContain("'(' was never closed")
    expect(message).not.toContain('ai_algorithm.py，')
    expect(message).not.toContain('algorithm.yaml')
  },
)

describe('an upload that nobody named', () => {
  const other = { files: { 'ai_algorithm.py': `# another one\n${smallest}` } }

  test('does not become the next version of an unrelated algorithm without its sender saying so', async () => {
    expect((await world.send('', { files: { 'ai_algorithm.py': smallest } })).statusCode).toBe(201)
    const inspected = await world.send('/inspect', other)
    expect(inspected.json().problems).toMatchObject([{ code: 'algorithm.next_version' }])
    expect(codesOf(inspected)).not.toContain('algorithm.next_version')
    const refused = await world.send('', other, { 'x-test-role': 'user', 'accept-language': 'en' })
    expect([refused.statusCode, refused.json().error.code]).toEqual([422, 'algorithm.invalid'])
    expect(refused.json().error.message).toContain('give it another ID')
    const id = inspected.json().manifest.id
    expect((await world.get(`/${id}`)).json().latest_version).toBe(1)
    const meant = await world.send('', { ...other, fields: { algorithm_id: id } })
    expect(meant.json()).toMatchObject({ version: { number: 2 } })
    expect(codesOf(meant)).not.toContain('algorithm.next_version')
  })

  test('is refused, too, if the other one arrives at the same time', async () => {
    const two = ['one', 'two'].map((what) => ({
      files: { 'predictor.py': `# ${what}\n${smallest.replace('Algorithm', 'Predictor')}` },
    }))
    const { id } = (await world.send('/inspect', two[0] ?? {})).json().manifest
    const answers = await Promise.all(two.map((upload) => world.send('', upload)))
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 422])
    expect((await world.get(`/${id}`)).json().latest_version).toBe(1)
  })

  test('is told that it became the next version if its title or folder has the same name', async () => {
    const titled = { 'ai_algorithm.py': `"""Reviews of books."""\n${smallest}` }
    await world.send('', { files: titled })
    const second = await world.send('', { files: { ...titled, 'more.txt': '' } })
    expect([second.statusCode, codesOf(second)]).toEqual([
      201,
      expect.arrayContaining(['algorithm.next_version']),
    ])
  })
})
