/** Takes a medium to places, one seek at a time: another one would begin anew and nothing would be shown while the bar is dragged. */
export class MediaSeeks {
  /** The frame that was asked for and is not on the screen yet. */
  aimed: number | null = null
  /** Where to go once the seek that is under way has ended. */
  #next: number | null = null

  goTo(media: HTMLMediaElement, seconds: number): void {
    if (media.seeking) this.#next = seconds
    else media.currentTime = seconds
  }

  /** The seek that was under way has ended. */
  ended(media: HTMLMediaElement): void {
    const place = this.#next
    this.#next = null
    if (place === null) this.aimed = null
    else media.currentTime = place
  }
}
