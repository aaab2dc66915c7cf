import { defineError } from '../../lib/errors.ts'

const mib = 1024 ** 2
/** How soon to ask again for something that others end at any time, in seconds. */
const soonS = 5
const soon = () => ({ 'retry-after': String(soonS) })

/** `of` says whose runs they are: the caller's, or those of everybody with the same link. */
export const tooManyRuns = defineError<{ limit: number; of: 'person' | 'link' }>({
  code: 'quota.runs',
  zh: ({ limit, of }) =>
    of === 'person'
      ? `您已有 ${limit} 次运行在排队或进行中，达到上限。请等其中一次结束，或先取消一次`
      : `通过分享链接的运行已有 ${limit} 次在排队或进行中，达到上限。请稍后再试`,
  en: ({ limit, of }) =>
    of === 'person'
      ? `You have ${limit} runs that wait or run, which is the limit. Wait until one ends, or cancel one`
      : `${limit} runs through share links wait or run, which is the limit. Try again soon`,
  headers: soon,
})

export const resultsFull = defineError<{ limit_bytes: number; used_bytes: number }>({
  code: 'quota.results',
  zh: ({ limit_bytes }) =>
    `您保存的运行结果已达上限 ${limit_bytes / mib} MB。请在运行记录中删除不再需要的运行，或请管理员提高上限`,
  en: ({ limit_bytes }) =>
    `Your stored runs have reached the limit of ${limit_bytes / mib} MB. Delete runs that you no longer need from the history, or ask an administrator for a higher limit`,
})

/** What a visitor is told, who can delete nothing. */
export const linkResultsFull = defineError({
  code: 'quota.link_results',
  zh: () => '通过分享链接保存的运行结果已达上限，请联系分享者',
  en: () => 'The runs stored through share links have reached their limit. Ask the person who sent the link',
})
