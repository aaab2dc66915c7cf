export default {
  name: 'Detection',
  task: {
    'object-detection': 'Object detection',
  },
  difference: 'The picture, with what differs from {letter} marked',
}
