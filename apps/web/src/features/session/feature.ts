import type { Feature } from '../../app/feature.ts'

/** Set-up, invitations and sign-in. */
export const feature: Feature = {
  routes: [
    {
      path: '/sign-in',
      name: 'sign-in',
      component: () => import('./pages/SignInPage.vue'),
      meta: { titleKey: 'session.sign_in.title', public: true, bare: true },
    },
    {
      path: '/sign-in/oidc',
      name: 'oidc',
      component: () => import('./pages/OidcPage.vue'),
      meta: { titleKey: 'session.sign_in.title', public: true, bare: true },
    },
    {
      path: '/invite',
      name: 'invite',
      component: () => import('./pages/InvitePage.vue'),
      meta: { titleKey: 'session.invite.title', public: true, bare: true },
    },
    {
      path: '/setup',
      name: 'setup',
      component: () => import('./pages/SetupPage.vue'),
      meta: { titleKey: 'session.setup.title', public: true, bare: true },
    },
  ],
}
