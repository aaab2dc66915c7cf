// Imports nothing at run time, so that a page does not load zod for it.

/** The words for the scopes of API keys, for pages and errors alike. */
export const apiKeyScopeWords = {
  zh: { read: '只读', run: '运行', deploy: '部署', admin: '管理', metrics: '指标' },
  en: { read: 'Read', run: 'Run', deploy: 'Deploy', admin: 'Administer', metrics: 'Metrics' },
} as const
