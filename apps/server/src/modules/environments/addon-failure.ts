import type { Words } from '../../lib/words.ts'

/** The last one of what a pattern finds in these lines. */
function lastIn(lines: readonly string[], pattern: RegExp): string | undefined {
  return lines.map((line) => pattern.exec(line)?.[1]).findLast((found) => found !== undefined)
}

/** Programs that compile, which a machine may lack. */
const noCompiler = /not found: (?:make|gcc|g\+\+|cc)\b|\b(?:make|gcc|g\+\+|cc1plus): (?:command )?not found/
const noPython = /gyp ERR! find Python .{0,200}not found|Could not find any Python installation/
const compileError = /:\d+:\d+: (?:fatal )?error: /

/** The remedy, as far as the output of the compiler shows it. */
function whyNotCompiled(lines: readonly string[], what: string, node: string): Words {
  if (lines.some((line) => noCompiler.test(line)))
    return {
      zh: '这台机器上没有 C++ 编译器。请管理员安装 g++ 和 make',
      en: 'this machine has no compiler for C++. Ask the administrator to install g++ and make',
    }
  if (lines.some((line) => noPython.test(line)))
    return {
      zh: '编译要用的 node-gyp 找不到 Python',
      en: 'node-gyp, which compiles it, finds no Python',
    }
  if (lines.some((line) => compileError.test(line)))
    return {
      zh: `它的源码不能用 Node ${node} 编译：这个版本多半太旧。请在项目里运行 npm install ${what}@latest，测试后把 package.json 和锁文件一起上传`,
      en: `its source cannot be compiled with Node ${node}: this release is mostly too old for it. Run npm install ${what}@latest in the project, test it, and upload package.json with its lock file`,
    }
  return { zh: '从源码编译也失败了', en: 'compiling it from its source failed as well' }
}

/**
 * Why an add-on of Node that is compiled for this machine could not be installed, by what node-gyp printed. Null if it did not
 * fail. Such packages first try to fetch a binary, often from a host that builds do not reach: what was `refused` is half of
 * the cause.
 */
export function addonCause(lines: readonly string[], refused: Words | null): Words | null {
  if (!lines.some((line) => /\bgyp ERR! (?:not ok|build error|configure error)/.test(line))) return null
  const name =
    lastIn(lines, /gyp ERR! \$npm_package_name (@?[\w./-]{1,200})/) ??
    lastIn(lines, /gyp ERR! cwd .{0,500}\/node_modules\/((?:@[\w.-]{1,100}\/)?[\w.-]{1,100})\s*$/)
  if (name === undefined) return null
  const release = lastIn(lines, /gyp ERR! \$npm_package_version (\d[\w.-]{0,50})/)
  const node = lastIn(lines, /gyp ERR! node -v v?(\d+)/) ?? ''
  const why = whyNotCompiled(lines, name, node)
  const of = release === undefined ? name : `${name} ${release}`
  return refused === null
    ? { zh: `${of} 要编译，但${why.zh}`, en: `${of} has to be compiled, but ${why.en}` }
    : {
        zh: `${of} 的现成二进制文件取不到，只能编译，但${why.zh}。取不到的原因：${refused.zh}`,
        en: `${of} could not fetch its binary, so it has to be compiled, but ${why.en}. Why it could not be fetched: ${refused.en}`,
      }
}
