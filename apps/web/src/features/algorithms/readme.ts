import { renderMarkdown } from '../../shared/kinds/markdown/render-markdown.ts'
import { rawAddress } from './code-path.ts'

/** Where a relative address in a file of `folder` leads in the repository. Null if it leads elsewhere. Pure. */
export const pathFrom = (folder: string, address: string): string | null => {
  if (/^(?:[a-z][a-z0-9+.-]*:|\/\/|#)/i.test(address)) return null
  const [path = ''] = address.split(/[?#]/)
  const parts = path.startsWith('/') ? [] : folder.split('/').filter((part) => part !== '')
  for (const part of path.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return null
    } else if (part !== '' && part !== '.') parts.push(part)
  }
  try {
    return decodeURIComponent(parts.join('/'))
  } catch {
    return null
  }
}

/** A README as HTML that is safe in the page. Its pictures come from the repository, and its links lead to the files of it. */
export const renderReadme = (
  text: string,
  { id, ref, folder }: { id: string; ref: string; folder: string },
): string =>
  renderMarkdown(text, {
    picture: (address) => {
      const path = pathFrom(folder, address)
      return path === null ? address : rawAddress(id, ref, path)
    },
    link: (address) => {
      const path = pathFrom(folder, address)
      const query = new URLSearchParams({ tab: 'code', ref, path: path ?? '' })
      return path === null ? address : `/algorithms/${encodeURIComponent(id)}?${query}`
    },
  })
