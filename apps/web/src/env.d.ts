// Calls that unplugin-auto-import brings with their styles; components come from `element-plus/global`.
declare const ElMessage: (typeof import('element-plus'))['ElMessage']
