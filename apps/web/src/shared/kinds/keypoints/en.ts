export default {
  name: 'Keypoints',
  task: {
    'keypoint-detection': 'Keypoint detection',
  },
}
