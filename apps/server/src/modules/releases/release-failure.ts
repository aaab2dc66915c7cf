import type { Audience } from '../../lib/disclosure.ts'
import type { Words } from '../../lib/words.ts'

/** The sentence about a failed release for people who may not read logs. */
export const redactedFailure: Words = {
  zh: '这个版本部署失败，原因只对可以查看日志的用户显示',
  en: 'This release failed to deploy. Only users who can read logs see the reason',
}

/** Why a release failed, in the form for an audience. */
export const failureFor = (failure: Words, audience: Audience): string =>
  (audience.mayReadLogs ? failure : redactedFailure)[audience.language]
