export default {
  name: '关键点',
  task: {
    'keypoint-detection': '关键点检测',
  },
}
