import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'

type Text = MaybeRefOrGetter<string>

/** Commits on a page of a history. */
const commitsPerPage = 30

/** A page of the history of a ref: of all files, or of the file or folder at `path`. */
export const useHistory = (id: Text, ref: Text, path: Text, page: MaybeRefOrGetter<number>) =>
  useQuery({
    queryKey: [
      'algorithms',
      'history',
      () => toValue(id),
      () => toValue(ref),
      () => toValue(path),
      () => toValue(page),
    ],
    queryFn: ({ signal }) =>
      api(
        'GET /algorithms/{id}/commits',
        {
          params: { id: toValue(id) },
          query: {
            ref: toValue(ref),
            path: toValue(path),
            page: toValue(page),
            page_size: commitsPerPage,
          },
        },
        { signal },
      ),
    placeholderData: keepPreviousData,
  })

/** The last commit of a path, and the commit that the ref is at. */
export const useLastCommit = (id: Text, ref: Text, path: Text) =>
  useQuery({
    queryKey: ['algorithms', 'last-commit', () => toValue(id), () => toValue(ref), () => toValue(path)],
    queryFn: ({ signal }) =>
      api(
        'GET /algorithms/{id}/commits',
        { params: { id: toValue(id) }, query: { ref: toValue(ref), path: toValue(path), page_size: 1 } },
        { signal },
      ),
  })

/** Branches and tags whose names contain `q`, the last changed first. */
export const useRefs = (id: Text, q: Text) =>
  useQuery({
    queryKey: ['algorithms', 'refs', () => toValue(id), () => toValue(q)],
    queryFn: ({ signal }) =>
      api('GET /algorithms/{id}/refs', { params: { id: toValue(id) }, query: { q: toValue(q) } }, { signal }),
    placeholderData: keepPreviousData,
  })

/** What differs between two refs; without `from`, what `to` changed. */
export const useCodeDiff = (id: Text, from: Text, to: Text, path: Text) =>
  useQuery({
    queryKey: [
      'algorithms',
      'diff',
      () => toValue(id),
      () => toValue(from),
      () => toValue(to),
      () => toValue(path),
    ],
    queryFn: ({ signal }) =>
      api(
        'GET /algorithms/{id}/diff',
        {
          params: { id: toValue(id) },
          query: {
            ...(toValue(from) !== '' && { from: toValue(from) }),
            to: toValue(to),
            path: toValue(path),
          },
        },
        { signal },
      ),
  })

/** Who wrote the lines of a file last: the first thousand of them. `all`: also if very many commits have changed it. */
export const useBlame = (
  id: Text,
  ref: Text,
  path: Text,
  { enabled, all }: Record<'enabled' | 'all', MaybeRefOrGetter<boolean>>,
) =>
  useQuery({
    queryKey: [
      'algorithms',
      'blame',
      () => toValue(id),
      () => toValue(ref),
      () => toValue(path),
      () => toValue(all),
    ],
    queryFn: ({ signal }) =>
      api(
        'GET /algorithms/{id}/blame',
        {
          params: { id: toValue(id) },
          query: { ref: toValue(ref), path: toValue(path), ...(toValue(all) && { all: 'true' }) },
        },
        { signal },
      ),
    enabled,
  })
