import { useRouter } from 'vue-router'
import { useSession } from '../features/session/session.ts'
import { useErrorText } from '../shared/error-text.ts'
import { queryClient } from './query.ts'

/** Signs the person out and shows the page to sign in. If the server refuses, it says why. */
export const useSignOut = (): (() => Promise<void>) => {
  const router = useRouter()
  const session = useSession()
  const errorText = useErrorText()
  return async () => {
    // Requests of the page that are still in progress would be refused.
    await queryClient.cancelQueries()
    try {
      await session.signOut()
      queryClient.clear()
      await router.push({ name: 'sign-in' })
    } catch (error) {
      ElMessage.error(errorText(error))
      await queryClient.invalidateQueries()
    }
  }
}
