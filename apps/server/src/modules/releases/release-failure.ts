import type { Audience } from '../../lib/disclosure.ts'
import type { Words } from '../../lib/words.ts'

/** What those are told of a failed release who may not read logs. */
export const closedFailure: Words = {
  zh: '这一版没有部署成功，原因只向可以查看日志的人显示',
  en: 'This release failed to deploy; why is shown to those who may read logs',
}

/** Why a release failed, as an audience may read it. */
export const failureFor = (failure: Words, audience: Audience): string =>
  (audience.mayReadLogs ? failure : closedFailure)[audience.language]
