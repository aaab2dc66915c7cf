export default {
  name: '检测',
  task: {
    'object-detection': '目标检测',
  },
  difference: '标出与 {letter} 的差异的图片',
}
