import { defineError } from '../lib/errors.ts'
import type { Words } from '../lib/words.ts'

export const malformedRequest = defineError<{ reason: Words }>({
  code: 'request.malformed',
  zh: ({ reason }) => `请求无法解析：${reason.zh}`,
  en: ({ reason }) => `The request could not be read: ${reason.en}`,
})

export const headersTooLarge = defineError({
  code: 'request.headers_too_large',
  zh: () => '请求头过大，请减少 Cookie 或请求头后再试',
  en: () => 'The request headers are too large: send fewer or shorter headers and cookies',
})

export const requestStalled = defineError({
  code: 'request.stalled',
  zh: () => '请求未在规定时间内传完，请重新发送',
  en: () => 'The request was not received completely in time: send it again',
})

export const textUnstorable = defineError({
  code: 'request.text_unstorable',
  zh: () => '请求的文字中含有无法保存的字符（U+0000，或半个代理对字符）',
  en: () =>
    'A text in the request contains a character that cannot be stored (U+0000, or half of a surrogate pair)',
})

export const bodyTooLarge = defineError<{ limit_bytes: number }>({
  code: 'request.too_large',
  values: (details) => details,
})

export const bodyTooManyValues = defineError<{ limit_bytes: number }>({
  code: 'request.too_many_values',
  zh: ({ limit_bytes }) =>
    `请求中的值太多，在内存里会超过 ${limit_bytes / 1024 ** 2} MB。请减少列表与对象的数量，或改为上传文件`,
  en: ({ limit_bytes }) =>
    `The request has too many values: they would take more than ${limit_bytes / 1024 ** 2} MB of memory. Send fewer lists and objects, or upload a file instead`,
})

export const mediaTypeUnsupported = defineError<{ content_type: string }>({
  code: 'request.media_type',
  zh: ({ content_type }) => `不支持的内容类型 ${content_type || '（未给出）'}`,
  en: ({ content_type }) => `Content type ${content_type || '(none)'} is not supported here`,
})

export const routeNotFound = defineError<{ method: string; path: string }>({
  code: 'route.not_found',
  values: (details) => details,
})

export const crossSiteRefused = defineError({ code: 'auth.cross_site' })

export const formInterrupted = defineError<{ reason: string }>({
  code: 'upload.interrupted',
  zh: () => '上传中断，或表单的格式不对，没有保存任何内容；请重新上传',
  en: ({ reason }) =>
    `The upload was interrupted or the form is malformed (${reason}). Nothing was saved; upload again`,
})

export const rangeNotSatisfiable = defineError<{ size: number }>({
  code: 'request.range_not_satisfiable',
  zh: ({ size }) => `请求的范围超出文件大小 ${size}`,
  en: ({ size }) => `The requested range is outside the file's ${size} bytes`,
  headers: ({ size }) => ({ 'content-range': `bytes */${size}` }),
})
