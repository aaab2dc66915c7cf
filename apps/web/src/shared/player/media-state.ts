import { ref } from 'vue'

/** What is known of a medium that an element plays, before anything is. */
export const newMediaState = () => ({
  ready: ref(false),
  failed: ref(false),
  playing: ref(false),
  time: ref(0),
  duration: ref(0),
  speed: ref(1),
  muted: ref(false),
  frame: ref<number | null>(null),
})

export type MediaState = ReturnType<typeof newMediaState>
