// The messages of `npm start` at its beginning, and when everything answers.
import { words } from './words.mjs'

/** The first line of a start. @param {import('./steps.mjs').Steps} steps */
export const sayName = (steps) => steps.say(words('Vitrine 智能算法展示平台', 'Vitrine'))

/**
 * The last lines of a start: the notes of the control plane, the address, and how to sign in for the first time.
 * `begun` is the time at which the start began.
 * @param {import('./steps.mjs').Steps} steps @param {import('./control-plane.mjs').Ready} ready @param {number} begun
 */
export function sayReady(steps, ready, begun) {
  const seconds = ((Date.now() - begun) / 1000).toFixed(1)
  ready.notes.forEach((note) => steps.note(note))
  steps.say('')
  // The first line of the start could not contain the name, because it is in the database.
  const name = ready.name === null ? '' : `${ready.name} · `
  steps.say(
    words(`${name}已就绪（${seconds} 秒）：${ready.url}`, `${name}Ready in ${seconds} s: ${ready.url}`),
  )
  if (ready.setupUrl)
    steps.say(
      words(
        `首次设置（链接仅可使用一次）：${ready.setupUrl}`,
        `Set-up, by this link once: ${ready.setupUrl}`,
      ),
    )
  if (ready.administratorMade)
    steps.say(
      words(
        '已用 VITRINE_ADMIN_PASSWORD 创建管理员 admin。',
        'The administrator admin was made with VITRINE_ADMIN_PASSWORD.',
      ),
    )
  steps.say(words('按 Ctrl-C 停止全部服务。', 'Ctrl-C stops everything.'))
}
