import { defineError } from './errors.ts'

/** What stands between the service and the branch in the id of a preview. */
export const previewMark = '--'

const idForPreviews = defineError<{ field: string; id: string }>({
  code: 'id.for_previews',
  zh: ({ id }) => `标识 ${id} 中有两个连着的连字符：这样的标识只用于分支的预览，请换一个`,
  en: ({ id }) =>
    `The ID ${id} has two hyphens in a row. Such IDs are for previews of branches; choose another one`,
})

/**
 * Refuses an id that somebody has chosen for something new, and that a preview could have: whoever took it in advance would stand
 * in its place. Throws `id.for_previews`.
 */
export function requireChosenId(id: string, field: 'service_id' | 'algorithm_id'): void {
  if (id.includes(previewMark)) throw idForPreviews({ field, id })
}
