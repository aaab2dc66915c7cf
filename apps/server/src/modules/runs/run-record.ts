import type { Run } from '@vitrine/contract'
import { detailsFor, sentenceFor, type Audience } from '../../lib/disclosure.ts'
import type { AppError } from '../../lib/errors.ts'
import { localisedDetails, wordsOfError, type LocalisedText, type Words } from '../../lib/words.ts'
import { resultIn } from '../service-apis/answer-words.ts'

type Failure<Message> = Omit<NonNullable<Run['error']>, 'message'> & { message: Message }

/** A file that an algorithm returned and that could not be stored, with the reason. */
export type UnkeptFile = { name: string; reason: Words }

/** A run as it is stored. The reasons for failures and missing files are in every language. */
export type RunRecord = Omit<Run, 'error' | 'unkept_files'> & {
  error: Failure<Words> | null
  unkept_files: UnkeptFile[]
}

/** Why a run failed, as rows store it. Rows of earlier versions have one sentence for all languages. */
export type StoredFailure = Failure<LocalisedText>

/** Converts an error to the reason why a run failed. */
export const failureOf = (error: AppError): Failure<Words> => ({
  code: error.code,
  message: wordsOfError(error),
  details: error.details,
})

/** A run in the form for one reader. */
export const runIn = (record: RunRecord, audience: Audience): Run => ({
  ...record,
  result: record.result && resultIn(record.result, audience.language),
  error: record.error && {
    ...record.error,
    message: sentenceFor(record.error, audience),
    details: localisedDetails(detailsFor(record.error.details, audience), audience.language),
  },
  unkept_files: record.unkept_files.map(({ name, reason }) => ({ name, reason: reason[audience.language] })),
})
