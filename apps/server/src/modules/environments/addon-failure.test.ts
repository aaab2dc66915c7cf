import { expect, test } from 'vitest'
import { failureCause, mayPass } from './pip-failure.ts'

/** What npm prints of an add-on whose source node-gyp could not compile. */
const ended = [
  'npm error path /srv/environments/node-1/content/node_modules/some-addon',
  'npm error prebuild-install warn install getaddrinfo ENOTFOUND binaries.example',
  'npm error gyp ERR! build error',
  'npm error gyp ERR! cwd /srv/environments/node-1/content/node_modules/some-addon',
  'npm error gyp ERR! node -v v24.1.0',
  'npm error gyp ERR! $npm_package_name some-addon',
  'npm error gyp ERR! $npm_package_version 7.6.2',
  'npm error gyp ERR! not ok',
]
const refused = {
  zh: '构建被拒绝访问 binaries.example:443',
  en: 'the build was refused binaries.example:443',
}
const oldSource =
  'npm error ./src/util/macros.lzz:157:21: error: ‘v8::AccessorSignature’ has not been declared'

test('an add-on whose binary was refused and whose source does not compile has both as its cause, and a way out', () => {
  const cause = failureCause([oldSource, ...ended], refused)
  expect(cause?.en).toMatch(/^some-addon 7\.6\.2 could not fetch its binary.*cannot be compiled with Node 24/)
  expect(cause?.en).toMatch(/npm install some-addon@latest.*the build was refused binaries\.example:443$/)
  expect(cause?.zh).toMatch(/some-addon 7\.6\.2 .*不能用 Node 24 编译.*构建被拒绝访问/)
  expect(mayPass([oldSource, ...ended])).toBe(false)
})

test.each([
  ['a machine without a compiler', 'npm error gyp ERR! stack Error: not found: make', 'no compiler for C++'],
  [
    'a machine without Python',
    'npm error gyp ERR! find Python Python is not set; not found',
    'finds no Python',
  ],
  ['words that tell nothing more', 'npm error gyp ERR! stack Error: exit code 2', 'failed as well'],
])('%s is told', (_name, line, expected) => {
  const cause = failureCause([line, ...ended])
  expect(cause?.en).toContain('some-addon 7.6.2 has to be compiled, but ')
  expect(cause?.en).toContain(expected)
})

test('the add-on is known by its folder where node-gyp does not name it, with its scope', () => {
  const lines = [
    'gyp ERR! configure error',
    'gyp ERR! cwd /srv/a/node_modules/@scope/addon',
    'gyp ERR! not ok',
  ]
  expect(failureCause(lines)?.en).toMatch(/^@scope\/addon has to be compiled/)
})

test('what a build was refused stays its cause if no add-on failed', () => {
  expect(failureCause(['npm error code 1', 'gyp info ok'], refused)).toBe(refused)
})
