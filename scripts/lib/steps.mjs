import { UserError, words } from './words.mjs'

/**
 * Reports progress: one line for each step, with its duration, and another line at its end if another step
 * began meanwhile. Lines of `note` follow the line of the step.
 * @param {{ write: (text: string) => void }} output
 */
export function stepsOn(output) {
  /** @type {string[]} */
  const notes = []
  /** The step whose line has not ended yet. @type {string | null} */
  let open = null
  const flush = () => {
    for (const note of notes.splice(0)) output.write(`  ${note}\n`)
  }
  return {
    /** @param {string} text */
    note(text) {
      notes.push(text)
      if (open === null) flush()
    },
    /** @param {string} text */
    say(text) {
      output.write(`${open === null ? '' : '\n'}${text}\n`)
      open = null
    },
    /**
     * @template T @param {string} title @param {() => Promise<T>} work
     * @returns {Promise<T>}
     */
    async step(title, work) {
      const begun = Date.now()
      output.write(`${open === null ? '' : '\n'}• ${title} …`)
      open = title
      const end = (/** @type {string} */ text) => {
        if (open !== title) output.write(`${open === null ? '' : '\n'}• ${title} …`)
        output.write(` ${text}\n`)
        open = null
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
 * The error for a failed command, with its last lines.
 * @param {string} what @param {readonly string[]} lines
 */
export const commandFailed = (what, lines) =>
  new UserError([what, ...lines.slice(-25).map((line) => `  ${line}`)].join('\n'))
