import { apiUrl } from '../../api/client.ts'

/** The folders of a path, from the outermost, each with its own path. */
export const breadcrumbs = (path: string): { name: string; path: string }[] => {
  const names = path.split('/').filter((name) => name !== '')
  return names.map((name, index) => ({ name, path: names.slice(0, index + 1).join('/') }))
}

/** The address of a file's bytes. */
export const rawAddress = (id: string, ref: string, path: string): string =>
  apiUrl('/algorithms/{id}/files', { params: { id }, query: { ref, path, raw: '1' } })
