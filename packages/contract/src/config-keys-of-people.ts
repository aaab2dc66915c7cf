import { z } from 'zod'
import { startPages } from './choices.ts'
import type { ConfigKeyDefinition } from './config-key-definition.ts'
import { bySchema, listOf } from './config-kinds.ts'
import { listPreference } from './list-preferences.ts'

const languages = ['zh', 'en'] as const
const themes = ['system', 'light', 'dark'] as const

const ofPerson = { types: ['user'], kind: 'choice', fallback: null, effect: 'at_once' } as const

const ofList = (zh: string, en: string) =>
  ({
    ...ofPerson,
    ...bySchema(listPreference, {
      columns: ['name', 'state'],
      page_size: 50,
      views: [{ name: zh, query: 'state=attention' }],
    }),
    title: { zh: `列表：${zh}`, en: `List: ${en}` },
    about: {
      zh: `“${zh}”列表显示哪些列、每页多少条，以及保存的视图`,
      en: `Which columns the list "${en}" shows, how many rows a page has, and the saved views`,
    },
  }) satisfies ConfigKeyDefinition

/** The preferences of a person. They apply in every browser in which the person signs in. */
export const personKeys = {
  'ui.language': {
    ...ofPerson,
    schema: z.enum(languages),
    choices: languages,
    title: { zh: '语言', en: 'Language' },
    about: { zh: '登录后页面的语言', en: 'Language of the pages after signing in' },
  },
  'ui.theme': {
    ...ofPerson,
    schema: z.enum(themes),
    choices: themes,
    title: { zh: '外观', en: 'Theme' },
    about: { zh: '登录后页面的外观', en: 'Theme of the pages after signing in' },
  },
  'ui.start_page': {
    ...ofPerson,
    schema: z.enum(startPages),
    choices: startPages,
    title: { zh: '登录后打开', en: 'First page' },
    about: { zh: '登录后先打开的页面', en: 'The page that is open after signing in' },
  },
  'ui.single_keys': {
    ...ofPerson,
    kind: 'boolean',
    schema: z.boolean(),
    title: { zh: '单键快捷键', en: 'Shortcuts of a single key' },
    about: { zh: '按 / 搜索，按 ? 查看快捷键', en: 'Whether / searches, and ? shows the shortcuts' },
  },
  'ui.folded_groups': {
    ...ofPerson,
    ...listOf(z.string().min(1).max(100), 500),
    title: { zh: '收起的服务分组', en: 'Folded groups of services' },
    about: { zh: '在“服务”页收起的分组', en: 'The groups that are folded on the page of the services' },
  },
  'ui.list.services': ofList('服务', 'Services'),
  'ui.list.calls': ofList('调用记录', 'Calls'),
  'ui.list.audit': ofList('操作记录', 'Audit log'),
  'ui.list.pipelines': ofList('流水线', 'Pipelines'),
  'ui.list.tasks': ofList('任务', 'Tasks'),
  'ui.list.library': ofList('演示数据', 'Demo data'),
  'ui.list.runs': ofList('运行历史', 'Earlier runs'),
  'ui.list.users': ofList('用户', 'Users'),
  'ui.list.keys': ofList('API 密钥', 'API keys'),
  'ui.list.shares': ofList('分享链接', 'Share links'),
} as const satisfies Record<string, ConfigKeyDefinition>
