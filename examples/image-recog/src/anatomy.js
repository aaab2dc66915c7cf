/** Which joints of a body are connected, with the names that Human uses. */
const limbs = [
  ['leftShoulder', 'rightShoulder'],
  ['leftShoulder', 'leftElbow'],
  ['leftElbow', 'leftWrist'],
  ['rightShoulder', 'rightElbow'],
  ['rightElbow', 'rightWrist'],
  ['leftShoulder', 'leftHip'],
  ['rightShoulder', 'rightHip'],
  ['leftHip', 'rightHip'],
  ['leftHip', 'leftKnee'],
  ['leftKnee', 'leftAnkle'],
  ['rightHip', 'rightKnee'],
  ['rightKnee', 'rightAnkle'],
  ['nose', 'leftEye'],
  ['nose', 'rightEye'],
  ['leftEye', 'leftEar'],
  ['rightEye', 'rightEar'],
]

/**
 * The limbs with two found ends, as pairs of indexes.
 * @param {{ name: string }[]} points
 */
export function edgesOfBody(points) {
  const indexOf = new Map(points.map((point, index) => [point.name, index]))
  return limbs
    .filter(([from, to]) => indexOf.has(from) && indexOf.has(to))
    .map(([from, to]) => [indexOf.get(from), indexOf.get(to)])
}

const open = { closed: false }

/** The lines of a face to draw, from the 468 points of its mesh. */
export const faceContours = {
  silhouette: { closed: true },
  leftEyebrowUpper: open,
  rightEyebrowUpper: open,
  leftEyeUpper0: open,
  leftEyeLower0: open,
  rightEyeUpper0: open,
  rightEyeLower0: open,
  lipsUpperOuter: open,
  lipsLowerOuter: open,
  lipsUpperInner: open,
  lipsLowerInner: open,
}

/** The lines of a hand. */
export const fingerChains = { palm: open, thumb: open, index: open, middle: open, ring: open, pinky: open }
