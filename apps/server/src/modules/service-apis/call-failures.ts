import type { Json, Prediction } from '@vitrine/contract'
import { connectionWords } from '../../lib/connection-words.ts'
import { AppError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'
import { AnswerNotFitting, type AnswerMisfit } from './api-answer.ts'
import { ValueRefused } from './api-request.ts'
import { MediaRefused, type MediaMisfit } from './input-media.ts'

/** Why one element has no result. The details are for programs, the words for people. */
export type CallFailure = { code: string; details: Record<string, Json>; words: Words }

/** Nothing answered, or the answer broke off. */
export class ApiUnreachable extends Error {}

/** The part of an answer that is too large: its text, or its values in memory. */
export type AnswerPart = 'text' | 'values'

/** The answer had more bytes than are read. */
export class ApiAnswerTooLarge extends Error {
  readonly limitBytes: number
  readonly part: AnswerPart

  constructor(limitBytes: number, part: AnswerPart = 'text') {
    super(`the ${part} of the answer take more than ${limitBytes} bytes`)
    this.limitBytes = limitBytes
    this.part = part
  }
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MB`

const misfitWords: Record<AnswerMisfit, Words> = {
  not_json: { zh: '服务的回答不是 JSON', en: 'The answer of the service is not JSON' },
  beyond_json: {
    zh: '服务的回答嵌套过深，或有超出范围的数字',
    en: 'The answer of the service is nested too deep, or has a number that is out of range',
  },
  no_such_place: {
    zh: '服务的回答里没有结果所在的位置',
    en: 'The answer of the service has no such place as that of the result',
  },
  not_of_kind: {
    zh: '服务的回答与所选的结果类型不符',
    en: 'The answer of the service does not have the form of the chosen kind of result',
  },
  no_file_path: {
    zh: '应用接收了输入的文件，但回答里没有它的存放路径，无法用它运行。请查看应用的日志',
    en: 'The app accepted the file of the input, but its answer has no path of it, so it cannot be used. See the log of the app',
  },
}

const mediaWords: Record<MediaMisfit['why'], (limitBytes: number) => Words> = {
  no_file: () => ({ zh: '这个输入不是文件', en: 'This input is no file' }),
  not_found: () => ({
    zh: '输入的文件不存在；经接口调用时不支持网址',
    en: 'The file of the input does not exist. Addresses cannot be sent to an API',
  }),
  too_large: (limitBytes) => ({
    zh: `文件超过 ${megabytes(limitBytes)}，不能经接口发送`,
    en: `The file has more than ${megabytes(limitBytes)} and cannot be sent to an API`,
  }),
}

/** A refusal by the service. `said` is what it says itself; '' for nothing. */
export const refused = (httpStatus: number, said: string): CallFailure => ({
  code: 'algorithm.failed',
  details: { why: 'refused', http_status: httpStatus, said },
  words: {
    zh: `服务回答 HTTP ${httpStatus}${said === '' ? '' : `：${said}`}`,
    en: `The service answered HTTP ${httpStatus}${said === '' ? '' : `: ${said}`}`,
  },
})

/** Why an element has no result, if this error says so; null for any other error. */
export function failureOfCall(error: unknown): CallFailure | null {
  if (error instanceof AnswerNotFitting)
    return { code: 'algorithm.bad_output', details: { why: error.why }, words: misfitWords[error.why] }
  if (error instanceof ValueRefused)
    return {
      code: 'input.invalid',
      details: { why: 'value', field: error.field },
      words: {
        zh: `字段 ${error.field} 的值不能发送`,
        en: `The value of the field ${error.field} cannot be sent`,
      },
    }
  if (!(error instanceof MediaRefused)) return null
  const { why, limitBytes } = error.misfit
  return { code: 'input.invalid', details: { why }, words: mediaWords[why](limitBytes) }
}

/** Why a test call has no answer, if this error says so; null for any other error. `seconds` is how long it may take. */
export function failureOfTestCall(error: unknown, seconds: number): CallFailure | null {
  const failed = { code: 'algorithm.failed' } as const
  if (error instanceof ApiUnreachable) {
    const { zh, en } = connectionWords(error)
    return {
      ...failed,
      details: { why: 'unreachable' },
      words: {
        zh: `服务没有回答，或中断了连接（${zh}）`,
        en: `The service did not answer, or closed the connection (${en})`,
      },
    }
  }
  if (error instanceof ApiAnswerTooLarge) {
    const most = megabytes(error.limitBytes)
    return {
      ...failed,
      details: { why: 'too_large', limit_bytes: error.limitBytes },
      words:
        error.part === 'text'
          ? {
              zh: `服务的回答超过 ${most}，试调用时不读取`,
              en: `The answer of the service has more than ${most}, which a test call does not read`,
            }
          : {
              zh: `服务的回答里的值在内存里超过 ${most}，不读取`,
              en: `The values in the answer of the service take more than ${most} of memory, so it is not read`,
            },
    }
  }
  if (error instanceof AppError || !(error instanceof Error) || error.name !== 'TimeoutError') return null
  return {
    ...failed,
    details: { why: 'timeout', seconds },
    words: {
      zh: `服务在 ${seconds} 秒内没有回答`,
      en: `The service did not answer within ${seconds} seconds`,
    },
  }
}

/** An element without a result. Its error has the words in every language, for those who show it. */
export const failedPrediction = (index: number, { code, details, words }: CallFailure): Prediction => ({
  index,
  status: 'failed',
  outputs: [],
  error: { code, message: words.zh, details: { ...details, words } },
})
