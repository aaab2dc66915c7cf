import { expect, test } from 'vitest'
import { serviceAccount } from './service-account.ts'

const passwd = [
  'root:x:0:0:root:/root:/bin/bash',
  'vitrine-db:x:999:996::/nonexistent:/usr/sbin/nologin',
  'postgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash',
  'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
  'broken:x:7',
  '',
].join('\n')

test('an account that nobody can sign in with may run a part of the platform', () => {
  expect(serviceAccount(passwd, 'vitrine-db')).toEqual({ uid: 999, gid: 996 })
})

test.each(['root', 'postgres', 'nobody', 'broken', 'vitrine-gateway', 'vitrine'])('%s may not', (name) => {
  expect(serviceAccount(passwd, name)).toBeNull()
})
