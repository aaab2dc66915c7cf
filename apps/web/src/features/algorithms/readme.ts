import { renderMarkdown } from '../../shared/markdown/render-markdown.ts'
import { rawAddress } from './code-path.ts'
import { pathFrom } from './relative-path.ts'

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
