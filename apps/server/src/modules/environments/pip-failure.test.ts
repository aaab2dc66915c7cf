import { expect, test } from 'vitest'
import { threadTimeMs } from '../../lib/thread-time.test-setup.ts'
import { failureCause, mayPass, withoutRetries } from './pip-failure.ts'

const retry = (left: number, why: string) =>
  `WARNING: Retrying (Retry(total=${left}, connect=None, read=None, redirect=None, status=None)) after connection broken by '${why}': /simple/x/`
const nothingFound = 'ERROR: No matching distribution found for x==1'

test('a release that only other Pythons have is told with these, also where pip lists very many', () => {
  const many = Array.from({ length: 300 }, (_one, at) => `0.${at} Requires-Python <3.8`).join('; ')
  const ignored = `ERROR: Ignored the following versions that require a different python version: ${many}; 1.5.5 Requires-Python >=3.8,<3.13; 1.5.50 Requires-Python <3.12`
  const lines = [ignored, 'ERROR: No matching distribution found for x==1.5.5']
  expect(failureCause(lines)?.en).toMatch(/^x==1\.5\.5 is for Python >=3\.8,<3\.13 alone/)
  expect(mayPass(lines)).toBe(false)
  expect(failureCause([ignored, 'ERROR: No matching distribution found for x==9'])?.en).toContain(
    'has no x==9',
  )
})

test.each([
  [[retry(1, 'NewConnectionError(... Connection refused)'), nothingFound], 'the connection was refused'],
  [[retry(1, "ReadTimeoutError('Read timed out.')"), nothingFound], 'did not answer in time'],
  [[retry(1, 'NameResolutionError(... Name or service not known)'), nothingFound], 'name cannot be resolved'],
  [[nothingFound], 'The index has no x==1'],
  [['ERROR: a-1-cp27-cp27m-win_amd64.whl is not a supported wheel on this platform.'], 'for another system'],
  [
    ['ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device'],
    'The disk is full',
  ],
  [
    ['ERROR: Cannot install a==1 and b==2 because these package versions have conflicting dependencies.'],
    'a==1 and b==2',
  ],
  [["ERROR: Package 'x' requires a different Python: 3.13.5 not in '<3.12'"], 'this machine has 3.13.5'],
  [
    ['ERROR: Failed to build installable wheels for some pyproject.toml based projects (greenlet, lxml)'],
    'This release of greenlet, lxml has no wheel',
  ],
  [
    [
      "      The 'sklearn' PyPI package is deprecated, use 'scikit-learn'",
      'error: metadata-generation-failed',
    ],
    'Write scikit-learn in place of sklearn',
  ],
  [['  × Getting requirements to build wheel did not run successfully.'], 'the last “Collecting” of the log'],
  [['  ERROR: Failed building wheel for psycopg2-binary'], 'This release of psycopg2-binary has no wheel'],
])('the cause of %j', (lines, expected) => {
  expect(failureCause(lines)?.en).toContain(expected)
})

test.each([
  [[retry(1, 'NewConnectionError(... Connection refused)'), nothingFound], true],
  [['OSError: [Errno 28] No space left on device'], true],
  [['error: command gcc failed'], true],
  [[nothingFound], false],
  [["ERROR: Package 'x' requires a different Python: 3.13.5 not in '<3.12'"], false],
])('after %j, the same package may be installed at the next attempt: %s', (lines, expected) => {
  expect(mayPass(lines)).toBe(expected)
})

test('what the build was refused of the network is the cause, unless the words tell a nearer one', () => {
  const refused = { zh: '被拒绝', en: 'the build was refused x:443' }
  const tunnel = retry(1, "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 403'))")
  expect(failureCause([tunnel, nothingFound], refused)).toBe(refused)
  expect(failureCause(['npm error 403 403 Forbidden'], refused)).toBe(refused)
  expect(failureCause(['ENOSPC: no space left'], refused)?.en).toContain('The disk is full')
})

test('other words have no known cause', () => {
  expect(failureCause(['error: command gcc failed'])).toBeNull()
})

test('the lines of further tries do not take the place of what was said', () => {
  const lines = ['Looking', retry(1, 'a'), retry(0, 'a'), nothingFound]
  expect(withoutRetries(lines)).toEqual(['Looking', retry(1, 'a'), nothingFound])
})

test.each([
  ['without spaces', 'a'.repeat(2 ** 15)],
  ['that begins like a cause again and again', 'Cannot install '.repeat(2 ** 12)],
])('long lines %s are read in no time, and only their beginning is kept', (_what, line) => {
  const lines = Array.from({ length: 20 }, () => line)
  const begun = threadTimeMs()
  expect(failureCause(lines)).toBeNull()
  expect(withoutRetries(lines).map(({ length }) => length)).toEqual(lines.map(() => 2_000))
  expect(threadTimeMs() - begun).toBeLessThan(1_000)
})
