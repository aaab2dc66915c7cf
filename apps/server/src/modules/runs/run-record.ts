import type { Run } from '@vitrine/contract'
import { detailsFor, sentenceFor, type Audience } from '../../lib/disclosure.ts'
import type { AppError } from '../../lib/errors.ts'
import { localisedDetails, wordsOfError, type Words } from '../../lib/words.ts'
import { resultIn } from '../service-apis/answer-words.ts'

/** Why a run failed, in every language. */
export type RunFailure = Omit<NonNullable<Run['error']>, 'message'> & { message: Words }

/** A file that an algorithm returned and that could not be stored, with the reason. */
export type UnkeptFile = { name: string; reason: Words }

/** A run as it is stored. The reasons for failures and missing files are in every language. */
export type RunRecord = Omit<Run, 'error' | 'unkept_files'> & {
  error: RunFailure | null
  unkept_files: UnkeptFile[]
}

/** A run without the values that may be large. */
export type RunBrief = Omit<RunRecord, 'input_data' | 'parameters' | 'result' | 'logs'>

/** A run without its large values. Pure. */
export const briefOf = (run: RunRecord): RunBrief => ({
  id: run.id,
  service_id: run.service_id,
  release: run.release,
  commit: run.commit,
  status: run.status,
  progress: run.progress,
  progress_message: run.progress_message,
  error: run.error,
  unkept_files: run.unkept_files,
  created_by: run.created_by,
  created_at: run.created_at,
  started_at: run.started_at,
  finished_at: run.finished_at,
})

/** Whether a run was made on this service, and not on a deleted one that had its ID before. Pure. */
export const wasMadeOn = (service: { createdAt: Date }, run: Pick<Run, 'created_at'>): boolean =>
  service.createdAt <= new Date(run.created_at)

/** Converts an error to the reason why a run failed. */
export const failureOf = (error: AppError): RunFailure => ({
  code: error.code,
  message: wordsOfError(error),
  details: error.details,
})

/** A run without its large values in the form for one reader. */
export const briefIn = <Record extends RunBrief>(record: Record, audience: Audience) => ({
  ...record,
  error: record.error && {
    ...record.error,
    message: sentenceFor(record.error, audience),
    details: localisedDetails(detailsFor(record.error, audience), audience.language),
  },
  unkept_files: record.unkept_files.map(({ name, reason }) => ({ name, reason: reason[audience.language] })),
})

/** A run in the form for one reader. */
export const runIn = (record: RunRecord, audience: Audience): Run => ({
  ...briefIn(record, audience),
  result: record.result && resultIn(record.result, audience.language),
})
