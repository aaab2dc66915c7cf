import type { Viewer } from '../viewer.ts'

/** `markdown`: set as text with headings, lists and tables; HTML in it is shown as it is written. */
export const markdownViewer: Viewer = { kind: 'markdown', load: () => import('./MarkdownResult.vue') }
