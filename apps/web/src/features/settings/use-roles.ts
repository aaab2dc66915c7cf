import { useQuery } from '@tanstack/vue-query'
import { api } from '../../api/client.ts'

/** The roles that people can have, built-in and custom. */
export const useRoles = () =>
  useQuery({ queryKey: ['roles'], queryFn: ({ signal }) => api('GET /roles', {}, { signal }) })
