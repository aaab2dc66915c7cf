import type { Run } from '@vitrine/contract'
import type { AppError, Language } from '../../lib/errors.ts'
import { detailsIn, wordsOfError, type Said, type Words } from '../../lib/words.ts'
import type { ReadRunEvent, RunEvent } from './run-history.ts'

type Failure<Message> = Omit<NonNullable<Run['error']>, 'message'> & { message: Message }

/** A run as it is kept: why it failed it says in every language. */
export type RunRecord = Omit<Run, 'error'> & { error: Failure<Words> | null }

/** Why a run failed, as rows have it; those of earlier versions have one sentence for all languages. */
export type StoredFailure = Failure<Said>

/** An error as the reason why a run failed. */
export const failureOf = (error: AppError): Failure<Words> => ({
  code: error.code,
  message: wordsOfError(error),
  details: error.details,
})

/** A run as somebody reads it. */
export const runIn = (record: RunRecord, language: Language): Run => ({
  ...record,
  error: record.error && {
    ...record.error,
    message: record.error.message[language],
    details: detailsIn(record.error.details, language),
  },
})

/** An event of a run as somebody reads it. */
export const runEventIn = (event: RunEvent, language: Language): ReadRunEvent =>
  event.event === 'status' ? { event: event.event, data: runIn(event.data, language) } : event
