import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { hasCode } from './has-code.mjs'
import { UserError, words } from './words.mjs'

/**
 * Returns the numbers of lines that are neither a comment nor `NAME=value`. Values in quotes may have several lines.
 * @param {string} text
 */
function brokenLines(text) {
  const onOneLine = text.replaceAll(/=[ \t]*(["'`])[^]*?\1/g, (value) =>
    value.replaceAll(/[^\n]/g, '').replaceAll('\n', '\n#').replace(/^/, '='),
  )
  return onOneLine
    .split('\n')
    .flatMap((line, index) =>
      /^\s*(#.*|(export\s+)?[A-Za-z_][\w.-]*\s*=.*)?$/.test(line) ? [] : [index + 1],
    )
}

/**
 * Reads the file `.env` beside the start command into an environment. Variables that the environment already has take
 * precedence over the file. Throws (exit code 78) if a line is invalid. `warn` is called with a sentence if every
 * account of the machine can read the file.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @param {(text: string) => void} [warn]
 */
export function readDotEnv(root, env, warn = () => {}) {
  const path = join(root, '.env')
  let text
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    const why = error instanceof Error ? error.message : String(error)
    throw new UserError(words(`读不了 ${path}：${why}`, `${path} cannot be read: ${why}`), 78)
  }
  if ((statSync(path).mode & 0o004) !== 0)
    warn(
      words(
        `这台机器上的所有账户都能读 ${path}，其中可能有密码和密钥：请执行 chmod 600`,
        `Every account of this machine can read ${path}, which may hold passwords and keys: chmod 600 closes it`,
      ),
    )
  const broken = brokenLines(text)
  if (broken.length > 0)
    throw new UserError(
      broken
        .map((line) =>
          words(`${path} 第 ${line} 行：应为 名称=值`, `${path} line ${line}: expected NAME=value`),
        )
        .join('\n'),
      78,
    )
  for (const [name, value] of Object.entries(parseEnv(text))) if (!env[name]) env[name] = value
}
