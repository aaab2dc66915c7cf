import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The Python of this machine that tests use. */
export const python = '/usr/bin/python3'

/**
 * Makes a Python of another version below a folder, as far as the platform sees: a script around the real one. Resolves with
 * its program, which is in `python-<version>/bin`. `prefix` is where its libraries are, as it says; usually its own folder.
 */
export async function otherPython(root: string, version: string, prefix?: string): Promise<string> {
  const home = join(root, `python-${version}`)
  const file = join(home, 'bin', 'python3')
  const lie = `1s/^[^ ]*/${version}/;2s!.*!${file}!;4s!.*!${prefix ?? home}!;5s!.*!${home}!`
  const script = [
    '#!/bin/sh',
    `case "$*" in *importlib*) ${python} "$@" | sed '${lie}';; *) exec ${python} "$@";; esac`,
  ]
  await mkdir(join(home, 'bin'), { recursive: true })
  await writeFile(file, `${script.join('\n')}\n`, { mode: 0o755 })
  return file
}
