export default {
  name: 'Text',
}
