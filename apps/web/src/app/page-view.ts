import { cloneVNode, h, type FunctionalComponent, type VNode } from 'vue'
import { RouterView, type RouteLocationNormalizedLoaded } from 'vue-router'

type Shown = { Component: VNode | undefined; route: RouteLocationNormalizedLoaded }

/**
 * The page of the address. A page about one object (`:id`) is made again for another object. Otherwise the router would
 * keep the page with everything that was entered for the first object when a command leads to the next.
 */
export const PageView: FunctionalComponent = () =>
  h(RouterView, null, {
    default: ({ Component, route }: Shown) =>
      Component && cloneVNode(Component, { key: String(route.params.id ?? '') }),
  })
