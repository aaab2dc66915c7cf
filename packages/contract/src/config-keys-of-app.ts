import { z } from 'zod'
import type { ConfigKeyDefinition } from './config-key-definition.ts'
import { visibleName } from './visible-text.ts'

/** The keys of the platform as a whole. */
export const appKeys = {
  'app.name': {
    types: ['system'],
    kind: 'string',
    schema: visibleName(z.string().min(1).max(60).regex(/\S/)),
    fallback: null,
    effect: 'at_once',
    title: { zh: '平台名称', en: 'Platform name' },
    about: {
      zh: '显示在页面、浏览器标题、链接预览和启动信息里；不设置时是产品自己的名称。已打开的页面重新载入后显示',
      en: 'Shown in the pages, their titles, previews of links and the messages of the start. Without a value, the name of the product is shown. Open pages show a change when they are loaded again',
    },
  },
  'app.debug': {
    types: ['system'],
    kind: 'boolean',
    schema: z.boolean(),
    fallback: false,
    effect: 'at_once',
    title: { zh: '调试日志', en: 'Debug log' },
    about: {
      zh: '打开后，平台日志无论级别都记到 debug：每个请求的路由、状态、用时和操作者。查完问题请关掉',
      en: 'While this is on, the platform logs at the level debug, whatever its log level is: route, status, time and person of each request. Turn it off when you have found what you were looking for',
    },
  },
} as const satisfies Record<string, ConfigKeyDefinition>
