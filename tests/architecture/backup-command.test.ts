import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const kept = [
  'vitrine/environments/python-1/content/pyvenv.cfg',
  'vitrine/secrets/sealing.key',
  'vitrine/services/a/releases/1/run/main.py',
  'vitrine/services/a/releases/1/control',
  'vitrine/repositories/a.git/refs/heads/run',
]
const leftOut = ['vitrine/run/supervisord.json', 'vitrine/control/api.txt']

test('the backup that the guide for operators shows has everything but what only a running platform needs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-backup-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const path of [...kept, ...leftOut]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), '')
  }
  const guide = readFileSync(join(import.meta.dirname, '../../docs/operations/running.md'), 'utf8')
  const [, options = ''] = /^tar (.+) -C \/var\/lib -czf vitrine-backup\.tar\.gz vitrine$/m.exec(guide) ?? []
  const file = join(folder, 'backup.tar.gz')
  execFileSync('tar', [...options.split(' '), '-C', folder, '-czf', file, 'vitrine'])
  const names = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).split('\n')
  expect(names.filter((name) => name !== '' && !name.endsWith('/')).sort()).toEqual([...kept].sort())
})
