/**
 * Seeks one at a time. A new seek would abort the one before, and nothing would be shown while the bar is
 * dragged.
 */
export class MediaSeeks {
  /** The requested frame that is not shown yet. */
  aimed: number | null = null
  /** Where to seek when the present seek has ended. */
  #next: number | null = null

  goTo(media: HTMLMediaElement, seconds: number): void {
    if (media.seeking) this.#next = seconds
    else media.currentTime = seconds
  }

  /** Called when a seek has ended. */
  ended(media: HTMLMediaElement): void {
    const place = this.#next
    this.#next = null
    if (place === null) this.aimed = null
    else media.currentTime = place
  }
}
