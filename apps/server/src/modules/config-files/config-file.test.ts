import { describe, expect, test } from 'vitest'
import { parseConfigFile, problemWords } from './config-file.ts'
import { readPackageDefaults } from './package-defaults.ts'

const told = (text: string, type: 'system' | 'service' = 'system') =>
  parseConfigFile(text, type).problems.map((problem) => problemWords('config.yaml', problem).en)

describe('a file of the configuration', () => {
  test('has keys with dots or one below the other, and means the same', () => {
    const below = parseConfigFile(
      'runs:\n  keep_days: 30\nenv:\n  REGION: eu\ncustom.a:\n  b: [1]\n',
      'system',
    )
    const flat = parseConfigFile('runs.keep_days: 30\nenv.REGION: eu\ncustom.a: {b: [1]}\n', 'system')
    expect(below.problems).toEqual([])
    expect(below.values).toEqual(
      new Map<string, unknown>([
        ['runs.keep_days', 30],
        ['env.REGION', 'eu'],
        ['custom.a', { b: [1] }],
      ]),
    )
    expect(flat).toEqual(below)
  })

  test.each(['', '# nothing yet\n', '---\n'])('may be empty: %j', (text) => {
    expect(parseConfigFile(text, 'system')).toEqual({ values: new Map(), problems: [] })
  })

  test('is told with every line that is wrong and why, and then nothing of it counts', () => {
    const text =
      'runs.keep_days: many\nruns:\n  keep_dais: 3\nservice.port: 9000\nenv.LD_PRELOAD: x\nruns.keep_per_service: 5\n'
    expect(told(text)).toEqual([
      expect.stringMatching(/^config.yaml line 1, runs.keep_days: .*duration/),
      expect.stringMatching(/^config.yaml line 3, runs.keep_dais: .*nearest is runs.keep_days/),
      expect.stringMatching(/^config.yaml line 4, service.port: cannot be in this file/),
      expect.stringMatching(/^config.yaml line 5, env.LD_PRELOAD: there is no such key/),
    ])
    expect(parseConfigFile(text, 'system').values.size).toBe(0)
  })

  test('is told which entry of a list is wrong', () => {
    const images = Array.from({ length: 40 }, (_, at) =>
      at === 39 ? 'no pair' : 'python:3.13=mirror/python:3.13',
    )
    expect(told(`containers.base_images:\n${images.map((one) => `  - ${one}\n`).join('')}`)).toEqual([
      expect.stringMatching(/^config.yaml line 1, containers.base_images: \[39\]: expected a pair of images/),
    ])
  })

  test.each([
    ['a: [\n', /line [12]: /],
    ['- one\n- two\n', /line 1: expected lines/],
    ['runs.keep_days: 1\nruns: {keep_days: 2}\n', /line 2, runs.keep_days: is there twice/],
    ['runs.keep_days: 1\nruns.keep_days: 2\n', /line 2: /],
    ['runs.keep_days:\n', /line 1, runs.keep_days: /],
  ])('that is no file of ours, %j, is told with the line', (text, said) => {
    expect(told(text)).toEqual([expect.stringMatching(said)])
  })
})

const view = (text: string) => ({
  files: [{ path: 'config/defaults.yaml', size: text.length }],
  readText: async (path: string) => (path === 'config/defaults.yaml' ? text : null),
})

describe('the values that a package brings', () => {
  test('are those of config/defaults.yaml over those of its manifest', async () => {
    const read = await readPackageDefaults(view('env:\n  GREETING: hello\ncustom.size: 3\n'), {
      GREETING: 'hi',
      REGION: 'eu',
    })
    expect(read).toEqual({
      defaults: { 'env.GREETING': 'hello', 'env.REGION': 'eu', 'custom.size': 3 },
      problems: [],
    })
  })

  test('are a problem of the package where they cannot be used, with file and line', async () => {
    const { problems } = await readPackageDefaults(view('env:\n  GREETING: [1, 2]\n'), {})
    expect(problems).toMatchObject([
      {
        code: 'config.file_invalid',
        path: 'config/defaults.yaml',
        text: { en: expect.stringContaining('line 2') },
      },
    ])
  })

  test.each(['defaults:\n  - model: base\n', 'env:\n  name: CartPole\n', 'lr: {{ value }}\n'])(
    'are not looked for in the file of another program: %j',
    async (text) => {
      expect(await readPackageDefaults(view(text), {})).toEqual({ defaults: {}, problems: [] })
    },
  )
})
