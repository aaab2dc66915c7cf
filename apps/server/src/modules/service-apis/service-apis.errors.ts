import { defineError } from '../../lib/errors.ts'
import { documentBounds } from './openapi-document.ts'
import type { FoundDocument } from './find-document.ts'
import type { Misfit } from './mapped-api.ts'

type Why = Extract<FoundDocument, { found: false }>['why']

const whyWords: Record<Why, { zh: string; en: string }> = {
  none: { zh: '都没有', en: 'none of them exists' },
  too_large: {
    zh: `有一份超过 ${documentBounds.bytes / 1024 ** 2} MB`,
    en: `one is larger than ${documentBounds.bytes / 1024 ** 2} MB`,
  },
  too_slow: {
    zh: '有一份太复杂，读不完',
    en: 'one is too complex to be read in a reasonable time',
  },
  not_openapi: {
    zh: '有一份不是 OpenAPI 3 或 Swagger 2 文档',
    en: 'one is no document of OpenAPI 3 or Swagger 2',
  },
}

export const documentNotFound = defineError<{ service_id: string; why: Why; tried: string[] }>({
  code: 'service_api.no_document',
  zh: ({ why, tried }) =>
    `没有找到这个服务的 OpenAPI 文档。查找过：${tried.join('、')}（${whyWords[why].zh}）。可以用 written 写明字段，或在算法包里放一个 openapi.json 或 openapi.yaml`,
  en: ({ why, tried }) =>
    `No OpenAPI document of this service was found. Looked for: ${tried.join(', ')} (${whyWords[why].en}). Write its fields (written), or add an openapi.json or openapi.yaml to the package`,
})

export const operationNotFound = defineError<{ method: string; path: string }>({
  code: 'service_api.no_operation',
  zh: ({ method, path }) => `这个服务的接口文档里没有 ${method} ${path}`,
  en: ({ method, path }) => `The API document of this service has no ${method} ${path}`,
})

export const runsByItself = defineError<{ service_id: string }>({
  code: 'service_api.own_runtime',
  zh: ({ service_id }) => `服务 ${service_id} 由平台的运行时提供，展台按算法包的说明生成，不需要选择接口`,
  en: ({ service_id }) =>
    `Service ${service_id} is served by the platform’s runtime. Its stage follows from its package, so no operation is chosen`,
})

export const testCallRunning = defineError({
  code: 'service_api.trial_running',
  zh: () => '你的上一次试调用还没有结束，请等它结束',
  en: () => 'Your last test call has not ended yet. Wait until it has',
})

export const testCallReclaimed = defineError({
  code: 'service_api.trial_reclaimed',
  zh: () => '这次试调用占用的内存最多，且其他人在等待，已终止。请稍后重试，或减小输入',
  en: () =>
    'This test call held the most memory while others waited for memory, so it was ended. Try again later, or with a smaller input',
})

export const releaseChanged = defineError<{ service_id: string }>({
  code: 'service_api.release_changed',
  zh: ({ service_id }) => `服务 ${service_id} 刚刚切换到另一版，这次设置没有保存，请再试一次`,
  en: ({ service_id }) =>
    `Service ${service_id} has just switched to another release, so this was not stored. Try again`,
})

type MisfitDetails = { why: NonNullable<Misfit>['why']; field: string }
const misfitWords: Record<
  MisfitDetails['why'],
  { zh: (field: string) => string; en: (field: string) => string }
> = {
  unknown: {
    zh: (field) => `接口没有字段 ${field}`,
    en: (field) => `the operation has no field ${field}`,
  },
  missing: {
    zh: (field) => `字段 ${field} 必填，却没有值`,
    en: (field) => `the field ${field} is required and has no value`,
  },
  twice: {
    zh: (field) => `有两个字段都叫 ${field}：同一位置只能有一个，也只能有一个是参数`,
    en: (field) =>
      `two fields have the name ${field}; only one of them can be at a place, and only one can be a parameter`,
  },
  place: {
    zh: (field) => `字段 ${field} 放不进这样的请求：请检查请求方法、正文的写法和字段的位置`,
    en: (field) =>
      `a request like this cannot carry the field ${field}; see its method, how its body is written and the place of the field`,
  },
  media: {
    zh: (field) => `字段 ${field} 的发送方式与输入类型不符`,
    en: (field) => `the field ${field} is not sent as its kind of input needs it`,
  },
}

export const mappingRefused = defineError<MisfitDetails>({
  code: 'service_api.misfit',
  zh: ({ why, field }) => `这样设置的展台运行时一定会失败：${misfitWords[why].zh(field || '（整个正文）')}`,
  en: ({ why, field }) =>
    `A stage like this would always fail: ${misfitWords[why].en(field || '(the whole body)')}`,
})
