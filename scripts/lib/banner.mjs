// The messages of `npm start` at its beginning, and when everything answers.
import { words } from './words.mjs'

/** The first line of a start. @param {import('./steps.mjs').Steps} steps */
export const sayName = (steps) => steps.say(words('Vitrine 智能算法展示平台', 'Vitrine'))

/**
 * The last lines of a start: the notes of the control plane, the address, and how to sign in for the first time.
 * `begun` is the time at which the start began. With `standsBy`, other starts on the data folder may stand by; with `tookOver`,
 * this one did, and how long it has waited says nothing about the start.
 * @param {import('./steps.mjs').Steps} steps @param {import('./control-plane.mjs').Ready} ready
 * @param {{ begun: number, standsBy?: boolean, tookOver?: boolean }} start
 */
function sayReady(steps, ready, { begun, standsBy = false, tookOver = false }) {
  const seconds = ((Date.now() - begun) / 1000).toFixed(1)
  ready.notes.forEach((note) => steps.note(note))
  steps.say('')
  // The first line of the start could not contain the name, because it is in the database.
  const name = ready.name === null ? '' : `${ready.name} · `
  steps.say(
    tookOver
      ? words(`${name}已接管：${ready.url}`, `${name}Has taken over: ${ready.url}`)
      : words(`${name}已就绪（${seconds} 秒）：${ready.url}`, `${name}Ready in ${seconds} s: ${ready.url}`),
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
  steps.say(
    standsBy
      ? words(
          '按 Ctrl-C 结束这里的控制面；没有其他 npm start 时停止全部服务。',
          'Ctrl-C ends this control plane, and everything if there is no other npm start.',
        )
      : words('按 Ctrl-C 停止全部服务。', 'Ctrl-C stops everything.'),
  )
}

/**
 * Says what becomes of the control plane of a start: whom it waits for, and when it leads.
 * @param {import('./steps.mjs').Steps} steps @param {number} begun @param {boolean} standsBy
 */
export function tellerOf(steps, begun, standsBy) {
  let stoodBy = false
  return {
    /** @param {import('./control-plane.mjs').Waiting} waiting */
    waiting({ zh, en }) {
      stoodBy = standsBy
      steps.note(words(zh, en))
    },
    /** @param {import('./control-plane.mjs').Ready} ready @param {boolean} isFirst */
    ready(ready, isFirst) {
      if (isFirst) sayReady(steps, ready, { begun, standsBy, tookOver: stoodBy })
      else if (stoodBy) steps.say(words('控制面已接管。', 'The control plane has taken over.'))
      else steps.say(words('控制面已恢复。', 'The control plane is back.'))
      stoodBy = false
    },
  }
}
