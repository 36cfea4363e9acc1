// The signs apps use most to say how something stands, drawn, so that they are
// seen on machines without emoji too. All others are left to the system's font.

import { h, svg } from './dom.js';

// Each is a list of [element, attributes]; the colour is a class of the style sheet.
const box = (kind) => ['rect', { class: kind, x: 1.5, y: 1.5, width: 17, height: 17, rx: 4 }];
const disc = (kind) => ['circle', { class: kind, cx: 10, cy: 10, r: 8.5 }];
const line = (d, kind = 'sign-cut') => ['path', { class: kind, d }];
const glass = (sand) => [line('M4.500 2.500h11M4.500 17.500h11M6 2.500v2.800c0 2 4 3.200 4 4.700s-4 2.700-4 4.700v2.800M14 2.500v2.800c0 2-4 3.200-4 4.700s4 2.700 4 4.700v2.800', 'sign-line-amber'), ['path', { class: 'sign-amber', d: sand }]];
const lock = (shackle) => [line(shackle, 'sign-line-amber'), ['rect', { class: 'sign-amber', x: 4, y: 9, width: 12, height: 9, rx: 2 }]];

const drawn = new Map(Object.entries({
  '✅': [box('sign-green'), line('M5.500 10.500 8.700 13.700 14.500 6.800')],
  '☑': [box('sign-blue'), line('M5.500 10.500 8.700 13.700 14.500 6.800')],
  '✔': [line('M3.500 11 8 15.500 16.500 5', 'sign-line-green')],
  '❌': [line('M4 4 16 16M16 4 4 16', 'sign-line-red')],
  '⚠': [['path', { class: 'sign-amber', d: 'M10 2 19 17.500H1Z' }], line('M10 7.500v4.500M10 14.700v.1')],
  '⛔': [disc('sign-red'), line('M5.500 10h9')],
  '🚫': [['circle', { class: 'sign-line-red', cx: 10, cy: 10, r: 7.500 }], line('M4.800 4.800 15.200 15.200', 'sign-line-red')],
  '🛑': [disc('sign-red')],
  '⏳': glass('M7.300 6h5.400c-.6.900-2.700 1.800-2.700 3 0-1.200-2.100-2.100-2.700-3ZM7 16.500c.4-1.300 3-1.700 3-3 0 1.300 2.600 1.700 3 3Z'),
  '⌛': glass('M7 16.500c0-2 3-2.200 3-4 0 1.800 3 2 3 4Z'),
  '▶': [box('sign-blue'), ['path', { class: 'sign-on', d: 'M7.500 5.500 14.500 10 7.500 14.500Z' }]],
  '⏸': [box('sign-blue'), line('M7.500 6v8M12.500 6v8')],
  '🔄': [box('sign-blue'), line('M5.500 10a4.500 4.500 0 0 1 8-2.800M14.500 10a4.500 4.500 0 0 1-8 2.800M14 4.800v2.700h-2.700M6 15.200v-2.700h2.700')],
  '↩': [box('sign-blue'), line('M8.500 5.500 5.500 8.500l3 3M5.500 8.500h5.500a3.200 3.200 0 0 1 0 6.300H8')],
  '🔒': lock('M6.500 9V6.500a3.500 3.500 0 0 1 7 0V9'),
  '🔓': lock('M6.500 9V5.500a3.500 3.500 0 0 1 6.800-1'),
  '⏰': [['circle', { class: 'sign-line-red', cx: 10, cy: 11, r: 6.500 }], line('M10 7.500V11l2.500 1.500M3 5.500 5.500 3M17 5.500 14.500 3', 'sign-line-red')],
  '❓': [line('M6.500 7a3.500 3.500 0 1 1 5.400 3c-1.300.8-1.900 1.400-1.900 3M10 16.600v.1', 'sign-line-red')],
  '❗': [line('M10 3.500v8.500M10 16v.1', 'sign-line-red')],
  'ℹ': [box('sign-blue'), line('M10 9.500v5M10 6v.1')],
  '✉': [['rect', { class: 'sign-line-grey', x: 2, y: 4.500, width: 16, height: 11.500, rx: 2 }], line('M2.500 5.500 10 11l7.500-5.500', 'sign-line-grey')],
  '⚙': [['circle', { class: 'sign-line-grey', cx: 10, cy: 10, r: 3 }], line('M10 2v2.500M10 15.500V18M2 10h2.500M15.500 10H18M4.300 4.300 6.100 6.100M13.900 13.900l1.800 1.800M15.700 4.300l-1.800 1.800M6.100 13.900l-1.800 1.800', 'sign-line-grey')],
  '⚓': [['circle', { class: 'sign-line-grey', cx: 10, cy: 4.200, r: 2 }], line('M10 6.200V17.500M6.500 9h7M3 11.500c0 3.500 3 6 7 6s7-2.500 7-6', 'sign-line-grey')],
  '❄': [line('M10 2v16M3 6l14 8M17 6 3 14', 'sign-line-blue')],
  '📜': [['rect', { class: 'sign-line-grey', x: 4.500, y: 2.500, width: 11, height: 15, rx: 1.500 }], line('M7.500 6.500h5M7.500 10h5M7.500 13.500h3', 'sign-line-grey')],
  '🔴': [disc('sign-red')], '🟠': [disc('sign-amber')], '🟡': [disc('sign-amber')], '🟢': [disc('sign-green')], '🔵': [disc('sign-blue')],
}));

const all = new RegExp(`(${[...drawn.keys()].join('|')})\\uFE0F?`, 'u');

// sign draws one character, or shows it as it is.
export function sign(character, name) {
  const parts = drawn.get(character.replace(/\uFE0F/g, ''));
  if (!parts) return h('span', { class: 'emoji', role: 'img', 'aria-label': name }, character);
  return svg('svg', { class: 'sign', viewBox: '0 0 20 20', role: 'img', 'aria-label': name }, parts.map(([tag, attributes]) => svg(tag, attributes)));
}

// withSigns is text in which those characters are drawn.
export function withSigns(text) {
  if (!all.test(text)) return [text];
  return String(text).split(all).map((part, i) => (i % 2 ? sign(part, part) : part));
}
