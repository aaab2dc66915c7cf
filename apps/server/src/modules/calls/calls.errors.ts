import { defineError } from '../../lib/errors.ts'

export const callBodiesNotKept = defineError<{ call_id: string }>({
  code: 'call.bodies_not_kept',
  zh: () =>
    '这次调用没有保存请求与响应的内容，或调用记录已过期删除。要保存以后的调用，请在服务的设置中打开“保存请求与响应”',
  en: () =>
    'The request and response of this call were not kept, or the call has been deleted. To keep those of later calls, turn on “Keep requests and responses” in the settings of the service',
})
