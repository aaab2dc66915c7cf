import type { Language } from './common.ts'
import type { ErrorCode } from './error-codes.ts'

type Sentences = Readonly<Record<Language, string>>

/**
 * Sentences of errors that several programs use: the control plane, the gateway, the runtimes. `{name}`
 * stands for a value, and `{{name}}` for the word in braces.
 */
export const sharedSentences = {
  'api_key.too_many_requests': {
    zh: 'API 密钥 {prefix}… 的请求已达到每分钟上限，请在 {retry_after_s} 秒后再试',
    en: 'The API key {prefix}… has reached its limit of requests a minute; try again in {retry_after_s} s',
  },
  'auth.required': { zh: '请先登录，或提供 API 密钥', en: 'Sign in, or provide an API key' },
  'auth.invalid_credential': {
    zh: '登录令牌或 API 密钥无效、已过期或已吊销',
    en: 'The token or API key is invalid, expired or revoked',
  },
  'auth.not_permitted': { zh: '没有权限（需要 {permission}）', en: 'Not permitted (needs {permission})' },
  'auth.scope_missing': {
    zh: '这个 API 密钥没有权限（需要“{scope}”权限）',
    en: 'This API key is not permitted (needs the scope “{scope}”)',
  },
  'auth.cross_site': { zh: '拒绝来自其他网站的请求', en: 'Requests from other sites are refused' },
  'auth.service_not_allowed': {
    zh: '此 API 密钥不能用于该服务',
    en: 'This API key is not for this service',
  },
  'request.invalid': {
    zh: '请求中有 {count} 处不符合要求：{fields}',
    en: 'The request has {count} invalid field(s): {fields}',
  },
  'request.too_large': {
    zh: '请求内容超过上限 {limit_bytes} 字节',
    en: 'The request body exceeds the limit of {limit_bytes} bytes',
  },
  'route.not_found': { zh: '没有这个接口：{method} {path}', en: 'There is no route {method} {path}' },
  'service.not_found': { zh: '没有这个服务', en: 'There is no such service' },
  'service.starting': {
    zh: '服务正在启动，请稍后重试',
    en: 'The service is starting. Try again shortly',
  },
  'service.stopped': { zh: '服务已停止', en: 'The service is stopped' },
} as const satisfies Partial<Record<ErrorCode, Sentences>>

/**
 * Sentences of errors that only the runtimes use; one is in TypeScript and one in Python. Placeholders as in
 * {@link sharedSentences}.
 */
export const runtimeSentences = {
  'request.not_json': {
    zh: '请求体不是有效的 JSON：{reason}',
    en: 'The body is not valid JSON: {reason}',
  },
  'input.invalid': { zh: '输入不符合要求', en: 'The input is not valid' },
  'algorithm.bad_output': {
    zh: '算法的返回值不可用：{reason}',
    en: 'The return value of the algorithm cannot be used: {reason}',
  },
  'algorithm.crashed': {
    zh: '算法进程意外退出：{reason}',
    en: 'The algorithm exited unexpectedly: {reason}',
  },
  'algorithm.cancelled': {
    zh: '运行已取消：调用方断开了连接，或取消了运行',
    en: 'The run was cancelled: its caller disconnected or cancelled it',
  },
  'service.setup_failed': {
    zh: '算法初始化失败：{reason}',
    en: 'The setup of the algorithm failed: {reason}',
  },
  'service.queue_full': {
    zh: '这个实例还有 {count} 个运行没有完成（调用方不在等它们），不再接受新的：请等其中一些完成后再试，或用 DELETE /predict/<id> 取消一些；给服务增加实例，或在 algorithm.yaml 里调大 max_waiting，可以排队更多',
    en: 'This instance has {count} unfinished runs that go on without their callers, and takes no more of them. Try again when some have ended, or cancel some with DELETE /predict/<id>; more instances, or a higher max_waiting in algorithm.yaml, take more',
  },
  'service.stopping': {
    zh: '服务正在停止，不再接受请求',
    en: 'The service is stopping and accepts no more requests',
  },
  'service.internal': { zh: '服务内部错误，详情见日志', en: 'Internal error. See the log' },
  'route.method_not_allowed': { zh: '{path} 不接受 {method}', en: '{path} does not accept {method}' },
  'prediction.not_found': {
    zh: '没有这次运行，或结果已过期：{id}',
    en: 'There is no such run, or its result has expired: {id}',
  },
  'prediction.bad_id': {
    zh: 'Prediction-Id 须为 16 至 64 个字母、数字或连字符',
    en: 'Prediction-Id must be 16 to 64 letters, digits or hyphens',
  },
  'prediction.bad_time': {
    zh: 'Prediction-Unattended 须为 0 至 {longest} 的整数秒',
    en: 'Prediction-Unattended must be a whole number of seconds from 0 to {longest}',
  },
  'media.form': {
    zh: '媒体应为 {{data}}、{{asset_id}}、{{url}}、{{path}} 之一',
    en: 'expected a media element: one of {{data}}, {{asset_id}}, {{url}}, {{path}}',
  },
  'media.bad_base64': { zh: 'data 不是有效的 base64', en: 'data is not valid base64' },
  'media.path_refused': {
    zh: 'path 不在允许的媒体目录内，或文件不存在',
    en: 'path is not a file inside the permitted media folder',
  },
  'media.url_not_allowed': {
    zh: '设置不允许 url 形式的媒体',
    en: 'the settings do not permit media by url',
  },
  'media.url_refused': { zh: '不能访问这个 url：{reason}', en: 'this url cannot be fetched: {reason}' },
  'media.asset_unknown': { zh: '没有这个素材：{id}', en: 'there is no asset {id}' },
  'media.fetch_failed': { zh: '无法获取媒体：{reason}', en: 'the media could not be fetched: {reason}' },
} as const satisfies Partial<Record<ErrorCode, Sentences>>

/** Why what an algorithm returned cannot be used: `{reason}` of `algorithm.bad_output`. Both runtimes use them. */
export const outputReasons = {
  'output.no_list': {
    zh: 'predict 返回了 {type}，应返回有 {count} 项的列表',
    en: 'predict returned {type}, expected a list of {count}',
  },
  'output.count': {
    zh: 'predict 对 {count} 个输入返回了 {returned} 个结果',
    en: 'predict returned {returned} outputs for {count} inputs',
  },
  'output.no_generator': {
    zh: 'predict 对这个输入没有返回生成器',
    en: 'predict is no generator for this element',
  },
  'output.no_json': { zh: '{type} 类型的值不能写成 JSON', en: '{type} has no JSON form' },
  'output.too_deep': {
    zh: '值嵌套得太深，或者包含它自己',
    en: 'the value is nested too deeply, or contains itself',
  },
  'output.nothing': { zh: '没有返回任何内容', en: 'nothing came back' },
  'output.too_long': {
    zh: '回答超过 {longest} 个字符',
    en: 'the answer has more than {longest} characters',
  },
} as const satisfies Record<string, Sentences>

/** Why what an algorithm returned cannot be used, as a fact. */
export type OutputReason = { readonly rule: keyof typeof outputReasons; readonly values: SentenceValues }

/** The sentence of a reason. Pure. */
export const outputReasonText = ({ rule, values }: OutputReason, language: 'zh' | 'en'): string =>
  filledIn(outputReasons[rule][language], values)

/** A code whose sentence several programs use. */
export type SharedCode = keyof typeof sharedSentences

/** The values for the placeholders of a sentence. */
export type SentenceValues = Readonly<Record<string, string | number>>

/** Fills the values into a sentence. Pure. */
export const filledIn = (sentence: string, values: SentenceValues): string =>
  sentence.replace(/\{\{(\w+)\}\}|\{(\w+)\}/g, (_, literal?: string, name = '') =>
    literal === undefined ? String(values[name] ?? '') : `{${literal}}`,
  )

/** How many fields the sentence of `request.invalid` names. The details contain all of them. */
const namedAtMost = 5
const listWords = {
  zh: { whole: '请求体', between: '；', more: '……', one: (path: string, why: string) => `${path}（${why}）` },
  en: {
    whole: 'the body',
    between: '; ',
    more: ' …',
    one: (path: string, why: string) => `${path} (${why})`,
  },
}

/**
 * Returns the values of `request.invalid`: the number of invalid fields, and the names of the first ones.
 * `path` is empty for the whole body. Pure.
 */
export function fieldValues(
  issues: readonly { path: string; message: string }[],
  language: Language,
): { count: number; fields: string } {
  const { whole, between, more, one } = listWords[language]
  const named = issues.slice(0, namedAtMost).map(({ path, message }) => one(path || whole, message))
  return {
    count: issues.length,
    fields: named.join(between) + (issues.length > namedAtMost ? more : ''),
  }
}
