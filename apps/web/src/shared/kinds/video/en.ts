export default {
  name: 'Video',
}
