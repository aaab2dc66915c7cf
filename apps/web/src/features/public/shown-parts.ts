import type { PublicShare } from '@vitrine/contract'

/** What a link can show, each loaded only when a link shows it. */
export const shownParts = {
  stage: () => import('./components/SharedStage.vue'),
  run: () => import('./components/SharedRun.vue'),
  comparison: () => import('./components/SharedComparison.vue'),
}

/** Loads the code for the content of this link, so that it is drawn as soon as the link is read. */
export const loadShown = async (share: Pick<PublicShare, keyof typeof shownParts>): Promise<void> => {
  if (share.stage) await shownParts.stage()
  if (share.run) await shownParts.run()
  if (share.comparison) await shownParts.comparison()
}
