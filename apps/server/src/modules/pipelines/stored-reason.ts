import { redactedSentence, type AppError } from '../../lib/errors.ts'
import { wordsOfError, type Words } from '../../lib/words.ts'
import type { StoredReason } from './pipelines.tables.ts'

/** The code of the reason for not deploying a folder that a push did not change. */
export const folderUnchanged = 'pipeline.folder_unchanged'

/** An error of the product, as it is stored. */
export const reasonOf = (error: AppError): StoredReason => ({
  code: error.code,
  message: wordsOfError(error),
})

/** A reason for readers outside of the platform, who may not read logs. */
export const openWords = ({ code, message }: StoredReason): Words => redactedSentence(code) ?? message
