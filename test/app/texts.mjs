/*
 * For tests of the app: what strangers may write into every field in the hope that a page runs it, loses its shape over it or takes it for its own words.
 */
export const SCRIPTS = [
    '<script>window.broken=1</script>',
    '<img src=http://elsewhere.lan/x.png onerror="window.broken=2">',
    '"><svg/onload=window.broken=3><a href="javascript:window.broken=4">tap</a>',
    '<iframe src="http://elsewhere.lan/"></iframe><style>*{display:none}</style>',
    '</textarea></title></script><meta http-equiv="refresh" content="0;url=http://elsewhere.lan/">',
    '{{window.broken=5}} ${window.broken=6} {n} %s &lt;b&gt;&#60;script&#62;',
    '__proto__',
    'constructor',
];
export const DIRECTIONS = [
    'مرحبا بالعالم — this ends in Latin',
    '\u202egpj.exe\u202c \u2066\u2067\u2068 unclosed \u202e\u202e\u202e',
    'שלום עולם '.repeat(30),
];
export const LONG = ['w'.repeat(3000), `z${'\u0301\u0489\u035c'.repeat(800)}algo`, '👨‍👩‍👧‍👦'.repeat(200), 'line\n'.repeat(500)];
