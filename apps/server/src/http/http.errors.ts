import { defineError } from '../lib/errors.ts'
import type { Words } from '../lib/words.ts'

/** One field that breaks a rule; `path` as in `parameters.boxes[0].x`, empty for the whole body. */
export type FieldIssue = { path: string; message: Words }

/** So many fields the sentence names; the details name more. */
const namedAtMost = 5
const named = (issues: FieldIssue[], say: (issue: FieldIssue) => string, between: string, more: string) =>
  issues.slice(0, namedAtMost).map(say).join(between) + (issues.length > namedAtMost ? more : '')

export const invalidRequest = defineError<{ issues: FieldIssue[] }>({
  code: 'request.invalid',
  status: 422,
  zh: ({ issues }) =>
    `请求中有 ${issues.length} 处不符合要求：${named(issues, ({ path, message }) => `${path || '请求体'}（${message.zh}）`, '；', '……')}`,
  en: ({ issues }) =>
    `The request has ${issues.length} invalid field(s): ${named(issues, ({ path, message }) => `${path || 'the body'} (${message.en})`, '; ', ' …')}`,
})

export const malformedRequest = defineError<{ reason: string }>({
  code: 'request.malformed',
  status: 400,
  zh: ({ reason }) => `请求无法解析：${reason}`,
  en: ({ reason }) => `The request could not be read: ${reason}`,
})

export const textUnstorable = defineError({
  code: 'request.text_unstorable',
  status: 422,
  zh: () => '请求的文字中含有无法保存的字符（U+0000，或半个代理对字符）',
  en: () =>
    'A text in the request holds a character that cannot be stored (U+0000, or half of a surrogate pair)',
})

export const bodyTooLarge = defineError<{ limit_bytes: number }>({
  code: 'request.too_large',
  status: 413,
  zh: ({ limit_bytes }) => `请求内容超过上限 ${limit_bytes} 字节`,
  en: ({ limit_bytes }) => `The request body exceeds the limit of ${limit_bytes} bytes`,
})

export const mediaTypeUnsupported = defineError<{ content_type: string }>({
  code: 'request.media_type',
  status: 415,
  zh: ({ content_type }) => `不支持的内容类型 ${content_type || '（未给出）'}`,
  en: ({ content_type }) => `Content type ${content_type || '(none)'} is not supported here`,
})

export const routeNotFound = defineError<{ method: string; path: string }>({
  code: 'route.not_found',
  status: 404,
  zh: ({ method, path }) => `没有这个接口：${method} ${path}`,
  en: ({ method, path }) => `There is no route ${method} ${path}`,
})

export const internalError = defineError({
  code: 'internal',
  status: 500,
  zh: () => '平台内部出错，请把请求编号交给管理员',
  en: () => 'Something went wrong inside the platform; give the request id to an administrator',
})

export const signInRequired = defineError({
  code: 'auth.required',
  status: 401,
  zh: () => '请先登录',
  en: () => 'Sign in first',
})

export const notPermitted = defineError<{ permission: string }>({
  code: 'auth.not_permitted',
  status: 403,
  zh: ({ permission }) => `没有权限（需要 ${permission}）`,
  en: ({ permission }) => `Not permitted (needs ${permission})`,
})

export const crossSiteRefused = defineError({
  code: 'auth.cross_site',
  status: 403,
  zh: () => '拒绝来自其他网站的请求',
  en: () => 'A request from another site is refused',
})

export const formInterrupted = defineError<{ reason: string }>({
  code: 'upload.interrupted',
  status: 400,
  zh: () => '上传中断，或表单的格式不对，没有保存任何内容；请重新上传',
  en: ({ reason }) =>
    `The upload broke off or the form is malformed (${reason}); nothing was kept, send it again`,
})

export const rangeNotSatisfiable = defineError<{ size: number }>({
  code: 'request.range_not_satisfiable',
  status: 416,
  zh: ({ size }) => `请求的范围超出文件大小 ${size}`,
  en: ({ size }) => `The requested range is outside the file's ${size} bytes`,
  headers: ({ size }) => ({ 'content-range': `bytes */${size}` }),
})
