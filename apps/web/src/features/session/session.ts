import type { EndpointInput, EndpointResponse, Permission, SignedIn, User } from '@vitrine/contract'
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { api } from '../../api/client.ts'
import { refreshAccess, setAccessToken } from '../../api/token.ts'

/** Who is signed in, and what they may do. */
export const useSession = defineStore('session', () => {
  const user = ref<User | null>(null)
  const permissions = ref<ReadonlySet<string>>(new Set())
  /** What grants of service groups permit beyond that, each with some services only. */
  const granted = ref<ReadonlySet<string>>(new Set())
  const leaving = ref(false)
  /** Whether the last session has ended without a sign-out: it was ended elsewhere, or has expired. */
  const wasEnded = ref(false)
  /** Whether a person is signed in and not signing out. Otherwise the server refuses what a page asks for. */
  const isOpen = computed(() => user.value !== null && !leaving.value)
  let restoring: Promise<void> | null = null

  const show = (me: EndpointResponse<'GET /auth/me'>): void => {
    permissions.value = new Set(me.permissions)
    granted.value = new Set(me.granted_permissions)
    user.value = me.user
  }
  const open = async (signedIn: SignedIn): Promise<void> => {
    setAccessToken(signedIn.access_token)
    show(await api('GET /auth/me'))
    wasEnded.value = false
  }
  const forget = (): void => {
    setAccessToken(null)
    wasEnded.value = false
    user.value = null
    permissions.value = new Set()
    granted.value = new Set()
  }

  /** Forgets a session that the server has ended. */
  const end = (): void => {
    const wasOpen = user.value !== null
    forget()
    wasEnded.value = wasOpen
  }
  /**
   * Checks whether the session is still valid and what it permits now, because the end of a stream does not tell. If it is not valid,
   * the answer ends the session here too. If the server does not answer, nothing is known.
   */
  const check = async (): Promise<void> => {
    if (!isOpen.value) return
    const me = await api('GET /auth/me').catch(() => null)
    // Somebody else may have signed in meanwhile.
    if (me !== null && isOpen.value && me.user.id === user.value?.id) show(me)
  }

  const restoreNow = async (): Promise<void> => {
    const signedIn = await refreshAccess()
    if (signedIn !== null) await open(signedIn)
  }
  /**
   * Restores the session from the cookie, if there is one and no session is open. Simultaneous calls share
   * one request.
   */
  const restore = async (): Promise<void> => {
    if (user.value !== null) return
    restoring ??= restoreNow().finally(() => {
      restoring = null
    })
    await restoring
  }

  const signIn = async (body: EndpointInput<'POST /auth/login'>['body']): Promise<void> =>
    open(await api('POST /auth/login', { body }))
  const finishOidc = async (body: EndpointInput<'POST /auth/oidc/finish'>['body']): Promise<void> =>
    open(await api('POST /auth/oidc/finish', { body }))
  const setUp = async (body: EndpointInput<'POST /setup'>['body']): Promise<void> =>
    open(await api('POST /setup', { body }))
  const accept = async (body: EndpointInput<'POST /invites/accept'>['body']): Promise<void> =>
    open(await api('POST /invites/accept', { body }))
  const signOut = async (): Promise<void> => {
    leaving.value = true
    try {
      await api('POST /auth/logout')
      forget()
    } finally {
      leaving.value = false
    }
  }
  /**
   * Whether the signed-in person is an administrator, and not somebody with a custom role, who has the role `user` beside it. What
   * takes effect in the services of everybody is for administrators alone, whatever a custom role permits.
   */
  const isAdministrator = computed(() => user.value?.role === 'admin')
  /** All that the signed-in person may do, as one text that changes with it. Empty if nobody is signed in. */
  const rights = computed(() =>
    user.value === null ? '' : [user.value.role, ...permissions.value, '', ...granted.value].join(' '),
  )
  /** Whether the signed-in person has this permission by their role, and so for all services. The server checks it again. */
  const mayEverywhere = (permission: Permission): boolean => permissions.value.has(permission)
  /** Whether they have it at least for some services: by their role, or by a grant of a service group. */
  const may = (permission: Permission): boolean => mayEverywhere(permission) || granted.value.has(permission)

  return {
    user,
    isOpen,
    wasEnded,
    may,
    mayEverywhere,
    isAdministrator,
    rights,
    restore,
    signIn,
    finishOidc,
    setUp,
    accept,
    signOut,
    forget,
    end,
    check,
  }
})
