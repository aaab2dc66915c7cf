export default {
  name: '分割',
  task: {
    'image-segmentation': '图像分割',
  },
}
