/**
 * Scrolls a box by as little as shows an element in it. `scrollIntoView` is not used, because it also moves the place where the
 * next Tab begins to this element.
 */
export const scrollToNearest = (box: HTMLElement, element: HTMLElement): void => {
  const [outer, inner] = [box.getBoundingClientRect(), element.getBoundingClientRect()]
  if (inner.top < outer.top) box.scrollTop += inner.top - outer.top
  else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom
}
