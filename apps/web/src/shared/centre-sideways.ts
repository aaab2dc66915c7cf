/** Scrolls a box sideways until an element in it is in its middle, or as near to it as the box can be scrolled. */
export const centreSideways = (box: HTMLElement, element: HTMLElement): void => {
  const [outer, inner] = [box.getBoundingClientRect(), element.getBoundingClientRect()]
  box.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2)
}
