import { describe, expect, test } from 'vitest'
import {
  jsonChanges,
  nodeDependencies,
  nodePackages,
  pythonPackages,
  releaseChanges,
  type ComparedRelease,
} from './releases.diff.ts'
import { threadTimeMs } from '../../lib/thread-time.test-setup.ts'
import { completeManifest, usualConfig } from './releases.test-world.ts'

const side = (part: Partial<ComparedRelease> = {}): ComparedRelease => ({
  manifest: completeManifest(),
  environmentHash: 'python-a',
  packages: {},
  config: usualConfig,
  ...part,
})
/** What a list of packages may have at most, in characters. */
const listCharacters = 4 * 1024 ** 2
const changesOf = (before: Partial<ComparedRelease>, after: Partial<ComparedRelease>) =>
  releaseChanges(side(before), side(after)).map((one) => [one.area, one.path, one.before, one.after])

describe('two values', () => {
  test.each([
    ['nothing where they are equal', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
    [
      'what came and what went, as null on the other side',
      { a: 1 },
      { b: 2 },
      [
        ['a', 1, null],
        ['b', null, 2],
      ],
    ],
    [
      'the innermost that is another',
      { a: { b: [1, 2, 3] } },
      { a: { b: [1, 4] } },
      [
        ['a.b[1]', 2, 4],
        ['a.b[2]', 3, null],
      ],
    ],
    ['a whole where its kind is another', { a: { b: 1 } }, { a: 'b' }, [['a', { b: 1 }, 'b']]],
  ])('differ in %s', (_name, before, after, changes) => {
    expect(jsonChanges(before, after).map((one) => [one.path, one.before, one.after])).toEqual(changes)
  })
})

describe('the requirements of a package', () => {
  test('are read from requirements.txt as pip does, whatever the spelling of a name', () => {
    expect(
      pythonPackages(
        '# ours\nNumpy == 1.26 # why\n--no-index\nopencv_python>=4,<5\nuvicorn[standard]\r\n\ntorch; sys_platform == "linux"',
      ),
    ).toEqual({
      numpy: '== 1.26',
      'opencv-python': '>=4,<5',
      'uvicorn[standard]': '',
      torch: '; sys_platform == "linux"',
    })
  })

  test('are read with their versions alone, on however many lines one stands', () => {
    const hash = `--hash=sha256:${'0'.repeat(64)}`
    expect(pythonPackages(`numpy==1.26 \\\n  ${hash} \\\n  ${hash}\nscipy\n`)).toEqual({
      numpy: '==1.26',
      scipy: '',
    })
  })

  test.each([' #', 'a', '[', ' --', 'a[', '\\\n#'])(
    'are read at once from a list of the largest size: one of %j',
    (piece) => {
      const list = `${piece.repeat(listCharacters / piece.length)}\u2028#\n`
      const before = threadTimeMs()
      pythonPackages(list)
      pythonPackages(`a${list}`)
      expect(threadTimeMs() - before).toBeLessThan(1_000)
    },
  )

  test("are read from npm's lock file, or else from package.json; invalid files have none", () => {
    const packages = {
      '': { name: 'a' },
      'node_modules/x': { version: '1.2.3' },
      'node_modules/y': { link: true },
    }
    expect(nodePackages(JSON.stringify({ lockfileVersion: 3, packages }))).toEqual({ x: '1.2.3' })
    expect(nodeDependencies('{"dependencies":{"x":"^1.0.0","y":7}}')).toEqual({ x: '^1.0.0' })
    expect([nodePackages('{'), nodePackages('[]'), nodeDependencies('null')]).toEqual([{}, {}, {}])
  })
})

describe('two releases', () => {
  test('that are equal have no differences', () => {
    expect(changesOf({}, {})).toEqual([])
  })

  test('differ in the manifest, and separately in the parameters of the algorithm', () => {
    const schema = (threshold: number) => ({
      properties: { threshold: { type: 'number', default: threshold } },
    })
    expect(
      changesOf(
        { manifest: completeManifest({ version: '1.0.0', parameters: schema(0.5) }) },
        { manifest: completeManifest({ version: '1.1.0', parameters: schema(0.4) }) },
      ),
    ).toEqual([
      ['manifest', 'version', '1.0.0', '1.1.0'],
      ['parameters', 'parameters.properties.threshold.default', 0.5, 0.4],
    ])
  })

  test('differ in the packages of their environments, or else in the interpreter, which only the hash shows', () => {
    expect(
      changesOf(
        { packages: { numpy: '==1' } },
        { packages: { numpy: '==2', torch: '' }, environmentHash: 'python-b' },
      ),
    ).toEqual([
      ['environment', 'packages.numpy', '==1', '==2'],
      ['environment', 'packages.torch', null, ''],
    ])
    expect(changesOf({}, { environmentHash: 'python-b' })).toEqual([
      ['environment', 'hash', 'python-a', 'python-b'],
    ])
    expect(changesOf({ environmentHash: null }, {})).toEqual([])
    expect(changesOf({}, { manifest: completeManifest({ runtime: 'node' }) })).toEqual([
      ['environment', 'runtime', 'python', 'node'],
    ])
  })

  test('differ in the settings of the service', () => {
    const changed = { ...usualConfig, replicas: 3, rateLimit: { requests: 10, window_s: 60 } }
    expect(changesOf({}, { config: changed })).toEqual([
      ['config', 'rateLimit', null, { requests: 10, window_s: 60 }],
      ['config', 'replicas', 1, 3],
    ])
  })
})
