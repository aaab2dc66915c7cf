import { Told, words } from './words.mjs'

/**
 * Tells what goes on: one line a step, with the time that it took. `note` lines come after the step's own.
 * @param {{ write: (text: string) => void }} output
 */
export function stepsOn(output) {
  /** @type {string[]} */
  let notes = []
  let isLineOpen = false
  const flush = () => {
    for (const note of notes.splice(0)) output.write(`  ${note}\n`)
  }
  return {
    /** @param {string} text */
    note(text) {
      notes.push(text)
      if (!isLineOpen) flush()
    },
    /** @param {string} text */
    say(text) {
      output.write(`${text}\n`)
    },
    /**
     * @template T @param {string} title @param {() => Promise<T>} work
     * @returns {Promise<T>}
     */
    async step(title, work) {
      const begun = Date.now()
      output.write(`• ${title} …`)
      isLineOpen = true
      const end = (/** @type {string} */ text) => {
        output.write(` ${text}\n`)
        isLineOpen = false
        flush()
      }
      try {
        const result = await work()
        end(`${((Date.now() - begun) / 1000).toFixed(1)} s`)
        return result
      } catch (error) {
        end(words('失败', 'failed'))
        throw error
      }
    },
  }
}

/** @typedef {ReturnType<typeof stepsOn>} Steps */

/**
 * The failure of a command, with its last lines.
 * @param {string} what @param {readonly string[]} lines
 */
export const commandFailed = (what, lines) =>
  new Told([what, ...lines.slice(-25).map((line) => `  ${line}`)].join('\n'))
