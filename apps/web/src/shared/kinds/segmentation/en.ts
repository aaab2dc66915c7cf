export default {
  name: 'Segmentation',
  task: {
    'image-segmentation': 'Image segmentation',
  },
}
