/**
 * Takes `node:http` by `require`. An `import` of it makes Node load its own fetch and WebSocket, because it asks for the value of
 * every export: 35 ms of processor time and 5 MB of memory for each gateway and each instance in Node, most of which use neither. Only
 * bundles can do so, because a plain module has no `require`.
 * @type {import('esbuild').Plugin}
 */
export const httpByRequire = {
  name: 'http by require',
  setup(build) {
    const namespace = 'by-require'
    build.onResolve({ filter: /^(node:)?http$/ }, ({ kind, path }) =>
      kind === 'import-statement' ? { path, namespace } : undefined,
    )
    build.onLoad({ filter: /^/, namespace }, () => ({ contents: "module.exports = require('node:http')" }))
  },
}

const beyondAscii = /\P{ASCII}/gu
/** A template whose text counts as it is written. */
const rawBeyondAscii = /String\.raw\s*`[^`]*\P{ASCII}/u

/** One or two escapes: a character beyond U+FFFF is written as two. @param {string} character */
const escaped = (character) =>
  Array.from({ length: character.length }, (_none, at) => character.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('')

/**
 * The text of a bundle in ASCII. esbuild writes the characters of strings so, but not those of regular expressions, and a single
 * one makes Node keep the whole bundle with two bytes for each character. There, an escape means the same.
 * @param {string} text without comments
 */
export function asciiOnly(text) {
  if (rawBeyondAscii.test(text))
    throw new Error('String.raw with a character that is not ASCII: write it as a usual text')
  return text.replaceAll(beyondAscii, escaped)
}
