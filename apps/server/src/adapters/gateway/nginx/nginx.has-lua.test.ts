import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findProgram } from '../../../lib/find-program.ts'
import { hasLua } from './nginx.hot-path.ts'

const path = process.env.PATH ?? ''
const nginx = await findProgram('nginx', path)
const modules = '/usr/lib/nginx/modules'
const canRunLua = nginx !== null && (await hasLua(nginx, modules, path))
const skipped = canRunLua ? '' : ' (skipped: nginx with Lua is not installed)'

test.skipIf(!canRunLua)(`an nginx whose Lua lacks a library is not asked to run Lua${skipped}`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-test-lua-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const program = join(folder, 'nginx')
  // The last argument is the configuration.
  const hide = `s|^http {|http { lua_package_cpath "${folder}/?.so";|`
  await writeFile(program, `#!/bin/sh\nfor conf; do :; done\nsed -i '${hide}' "$conf"\nexec ${nginx} "$@"\n`)
  await chmod(program, 0o755)
  expect(await hasLua(program, modules, path)).toBe(false)
})
