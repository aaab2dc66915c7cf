import { ref } from 'vue'

/** The state of a media element before anything is known. */
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
