import { expect, test } from 'vitest'
import { parseStatus, readStatus } from './process-status.ts'

const status = (more: string) => `Name:\tpython3\nUid:\t0\t1900\t0\t0\nGid:\t0\t1901\t0\t0\n${more}`

test('the account of a process is its effective one', () => {
  expect(parseStatus(status(''))?.account).toEqual({ uid: 1900, gid: 1901 })
})

test.each([
  ['in no other namespace', 'NSpid:\t812\n', 1],
  ['in a namespace of its own', 'NSpid:\t812\t1\n', 2],
  ['on a system that does not tell', '', null],
])('a process %s', (_name, more, levels) => {
  expect(parseStatus(status(more))?.levels).toBe(levels)
})

test.each([
  ['without a filter of system calls', 'Seccomp:\t0\nSeccomp_filters:\t0\n', 0],
  ['with filters of system calls', 'Seccomp:\t2\nSeccomp_filters:\t3\n', 3],
  ['with filters that the system does not count', 'Seccomp:\t2\n', null],
  ['on a system that knows no filters', '', 0],
])('a process %s', (_name, more, filters) => {
  expect(parseStatus(status(more))?.filters).toBe(filters)
})

test('a text without accounts is no status', () => {
  expect(parseStatus('Name:\tpython3\n')).toBeNull()
})

test('this process has our account, and a process that does not exist has none', () => {
  expect(readStatus(process.pid)?.account).toEqual({ uid: process.geteuid?.(), gid: process.getegid?.() })
  expect(readStatus(2 ** 30)).toBeNull()
})
