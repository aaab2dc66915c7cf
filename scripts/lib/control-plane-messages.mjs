import { plainText } from './plain-text.mjs'

/**
 * The message of the control plane when everything answers.
 * @typedef {{ type: 'ready', url: string, name: string | null, setupUrl: string | null, administratorMade: boolean, notes: string[] }} Ready
 * The message while its start waits for something that may take long.
 * @typedef {{ type: 'waiting', zh: string, en: string }} Waiting
 * The message before it exits for a reason that a person can fix.
 * @typedef {{ type: 'refused', zh: string, en: string }} Refused
 */

const mostNotes = 50
/** Characters of one message, and messages of one life of the control plane. */
const longestMessage = 64 * 1024
const mostMessages = 100

/** @param {unknown} value @returns {value is string} */
const isText = (value) => typeof value === 'string'

/** @param {Record<string, unknown>} message @returns {Ready | null} */
function readReady({ url, name, setupUrl, administratorMade, notes }) {
  if (!isText(url) || !(setupUrl === null || isText(setupUrl))) return null
  if (typeof administratorMade !== 'boolean' || !Array.isArray(notes) || !notes.every(isText)) return null
  return {
    type: 'ready',
    url: plainText(url),
    name: isText(name) ? plainText(name) : null,
    setupUrl: setupUrl === null ? null : plainText(setupUrl),
    administratorMade,
    notes: notes.slice(0, mostNotes).map((note) => plainText(note)),
  }
}

/**
 * Reads what the control plane has sent. The start script may run with more rights than the control plane, so it
 * accepts only these three messages, and uses their texts only to show them in a terminal. Null for everything else.
 * Pure.
 * @param {unknown} value @returns {Ready | Waiting | Refused | null}
 */
function readMessage(value) {
  if (typeof value !== 'object' || value === null) return null
  const message = { ...value }
  if (!('type' in message)) return null
  const { type } = message
  if (type === 'ready') return readReady(message)
  if (type !== 'waiting' && type !== 'refused') return null
  if (!('zh' in message) || !('en' in message) || !isText(message.zh) || !isText(message.en)) return null
  return { type, zh: plainText(message.zh), en: plainText(message.en) }
}

/** @param {string} line @returns {unknown} */
function parsed(line) {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/**
 * Reads the messages of a control plane, one JSON value a line. A line that is too long, or too many lines, end the
 * connection, so that a compromised control plane cannot fill our memory or a terminal.
 * @param {import('node:stream').Readable} stream
 * @param {(message: Ready | Waiting | Refused) => void} onMessage
 */
export function readMessages(stream, onMessage) {
  let pending = ''
  let count = 0
  stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    const lines = (pending + text).split('\n')
    pending = lines.pop() ?? ''
    for (const line of lines) {
      if (++count > mostMessages || line.length > longestMessage) return void stream.destroy()
      const message = readMessage(parsed(line))
      if (message !== null) onMessage(message)
    }
    if (pending.length > longestMessage) stream.destroy()
  })
  // The exit of the control plane reports its end, so errors of the stream are ignored.
  stream.on('error', () => undefined)
}
