import type { Audience } from '../../lib/disclosure.ts'
import type { Words } from '../../lib/words.ts'
import type { TaskFailure } from '../tasks/task-progress.ts'
import { verificationReason } from './releases.errors.ts'

/** The sentence about a failed release for people who may not read logs. */
const redactedFailure: Words = {
  zh: '这个版本部署失败，原因只对可以查看日志的用户显示',
  en: 'This release failed to deploy. Only users who can read logs see the reason',
}

/** Why a release failed, in every language, as these readers may read it. */
export const failureFor = (failure: Words, { mayReadLogs }: Pick<Audience, 'mayReadLogs'>): Words =>
  mayReadLogs ? failure : redactedFailure

/**
 * The sentence that is kept of a failed release: its cause comes first, because whoever reads it sees already that the release
 * failed, and lists show only its beginning.
 */
export const keptFailure = (error: Pick<TaskFailure, 'message'> & Partial<TaskFailure>): Words =>
  verificationReason(error) ?? error.message
