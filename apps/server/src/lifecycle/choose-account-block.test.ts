import { expect, test } from 'vitest'
import { mappedNumbers, usedNumbers } from './choose-account-block.ts'

test('numbers of users, groups and their subordinate ranges are in use, and are named', () => {
  const files = {
    passwd: 'root:x:0:0:root:/root:/bin/sh\nanna:x:1000:1001::/home/anna:/bin/sh\n',
    group: 'video:x:44:anna\n',
    subuid: 'anna:100000:65536\n',
    subgid: '',
  }
  expect(usedNumbers(files)).toEqual([
    { first: 0, size: 1, by: 'root (/etc/passwd)' },
    { first: 0, size: 1, by: 'root (/etc/passwd)' },
    { first: 1000, size: 1, by: 'anna (/etc/passwd)' },
    { first: 1001, size: 1, by: 'anna (/etc/passwd)' },
    { first: 44, size: 1, by: 'video (/etc/group)' },
    { first: 100_000, size: 65_536, by: 'anna (/etc/subuid)' },
  ])
})

test('a container has the numbers of its map', () => {
  expect(mappedNumbers('         0     100000      65536\n     70000  200000   10\n')).toEqual([
    { first: 0, size: 65_536 },
    { first: 70_000, size: 10 },
  ])
})
