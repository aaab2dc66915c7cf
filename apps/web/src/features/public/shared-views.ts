import type { PublicShare } from '@vitrine/contract'

/** What a link can show, each loaded only when a link shows it. */
export const sharedViews = {
  stage: () => import('./components/SharedStage.vue'),
  app: () => import('./components/SharedApp.vue'),
  run: () => import('./components/SharedRun.vue'),
  comparison: () => import('./components/SharedComparison.vue'),
}

/** Loads the code for the content of this link, so that it is drawn as soon as the link is read. */
export const loadSharedView = async (
  share: Pick<PublicShare, 'stage' | 'run' | 'comparison'>,
): Promise<void> => {
  if (share.stage) await (share.stage.way === 'run' ? sharedViews.stage() : sharedViews.app())
  if (share.run) await sharedViews.run()
  if (share.comparison) await sharedViews.comparison()
}
