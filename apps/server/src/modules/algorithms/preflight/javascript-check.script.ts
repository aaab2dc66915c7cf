/**
 * Reads JavaScript files with the parser of the Node that runs it, and runs none of them. Gets a line of JSON for each file,
 * `{path, text, kind}`, and answers with a line. A file is read as what Node would load it as; a script that only a
 * module can be is read as a module, as Node does. TypeScript is read by the parser that Node has for it, without its types
 * being checked; older versions have none.
 */
export const javaScriptCheckScript = `
const vm = require('node:vm')
const parameters = ['exports', 'require', 'module', '__filename', '__dirname']
// Node adds the place only when it prints an error. Without this part of it, the line of a module is not known.
let place = () => {}
try {
  place = require('internal/util').decorateErrorStack
} catch {}
const errorOf = (read) => {
  try {
    read()
    return null
  } catch (error) {
    place(error)
    const [where, text = ''] = String(error.stack).split('\\n')
    const line = Number(/:(\\d+)$/.exec(where)?.[1] ?? 0)
    const shown = line > 0 ? text.trim().slice(0, 200) : ''
    return { line: Math.max(1, line), message: error.message, text: shown }
  }
}
const { stripTypeScriptTypes } = require('node:module')
const asTypeScript = (source) => {
  const error = errorOf(() => {
    try {
      stripTypeScriptTypes?.(source, { mode: 'transform' })
    } catch (error) {
      if (error.code === 'ERR_INVALID_TYPESCRIPT_SYNTAX') throw error
      // After any other error that parser reads nothing correctly, so the check ends at this file.
      if (error.code !== 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') process.exit(1)
    }
  })
  return error && { ...error, text: (source.split('\\n')[error.line - 1] ?? '').trim().slice(0, 200) }
}
const errorIn = (path, source, kind) => {
  if (kind === 'typescript') return asTypeScript(source)
  const asModule = () => errorOf(() => new vm.SourceTextModule(source, { identifier: path }))
  const asScript = () => errorOf(() => vm.compileFunction(source, parameters, { filename: path }))
  const looksLikeModule = /^\\s*(import\\b[^(]|export\\b)/m.test(source)
  const error = kind === 'module' ? asModule() : asScript()
  return error !== null && kind !== 'module' && looksLikeModule ? asModule() : error
}
const check = (line) => {
  const { path, text, kind } = JSON.parse(line)
  const error = errorIn(path, text.replace(/^#!.*/, ''), kind)
  process.stdout.write(JSON.stringify({ path, error, imports: [], known: [] }) + '\\n')
}
// Not as lines of Node, which also end at U+2028.
let pending = ''
process.stdin.setEncoding('utf8').on('data', (text) => {
  const lines = (pending + text).split('\\n')
  pending = lines.pop()
  lines.forEach(check)
})
`

/** With what Node runs the script. */
export const javaScriptCheckOptions = [
  '--no-warnings',
  '--expose-internals',
  '--experimental-vm-modules',
  '--max-old-space-size=512',
]
