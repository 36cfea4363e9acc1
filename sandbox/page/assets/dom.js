// Making elements. Text only ever becomes text nodes and attribute values:
// nothing in these scripts reads markup, so nobody's words can become any.

// h makes an HTML element. Properties whose value is a function are listeners
// ("onclick"), data is a dataset, everything else is an attribute.
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

// svg makes an SVG element.
export function svg(tag, props, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), props, children);
}

function fill(el, props, children) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') el.addEventListener(name.slice(2), value);
    else if (name === 'data') Object.assign(el.dataset, value);
    else if (name === 'value' && 'value' in el) el.value = value;
    else if (/^on|^style$|^srcdoc$/i.test(name)) throw new Error('no such attribute here: ' + name);
    else el.setAttribute(name, value === true ? '' : String(value));
  }
  add(el, children);
  return el;
}

export function add(el, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === '') continue;
    el.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return el;
}

// put replaces what an element holds.
export function put(el, ...children) {
  el.replaceChildren();
  return add(el, ...children);
}

// While a mouse button or a finger is down nothing is drawn anew: a click on something
// that was replaced in between would be none. released waits until it is let go, and
// what was clicked has heard of it.
let down = false;
const waiting = [];
const letGo = () => {
  down = false;
  setTimeout(() => { for (const go of waiting.splice(0)) go(); });
};
document.addEventListener('pointerdown', () => { down = true; }, true);
for (const end of ['pointerup', 'pointercancel', 'dragend']) document.addEventListener(end, letGo, true);
addEventListener('blur', letGo);
export const released = () => (down ? new Promise((go) => waiting.push(go)) : Promise.resolve());

let last = 0;
// fresh makes an id that stands nowhere else in the document.
export const fresh = (prefix) => prefix + '-' + ++last;

// Icons, drawn on a 20 × 20 grid with one line width.
const paths = {
  hash: 'M4 7.5h13M3 12.5h13M8.5 3 6.5 17M13.5 3l-2 14',
  lock: 'M5.5 9h9a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1ZM7 9V6.5a3 3 0 0 1 6 0V9',
  archive: 'M3.5 4h13v3.5h-13zM4.5 7.5V16h11V7.5M8 11h4',
  shared: 'M5 10a2.5 2.5 0 1 1 0 .01ZM15 5a2 2 0 1 1 0 .01ZM15 15a2 2 0 1 1 0 .01ZM7.6 9l5.2-3M7.6 11.2l5.2 3',
  clock: 'M10 3a7 7 0 1 0 .01 0ZM10 6v4.2l2.8 1.8',
  bolt: 'M11 2.5 4.5 11.5H9.5L8.5 17.5 15.5 8.5H10.5Z',
  columns: 'M3.5 4h13v12h-13zM10 4v12',
  close: 'M5 5l10 10M15 5 5 15',
  back: 'M12 4.5 6.5 10l5.5 5.5',
  menu: 'M3.5 6h13M3.5 10h13M3.5 14h13',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
  down: 'M5.5 8 10 12.5 14.5 8',
  eye: 'M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5ZM10 8a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z',
  send: 'M3.5 10 16.5 4 13 16.5 9.5 11ZM9.5 11l7-7',
  check: 'M4.5 10.5 8.5 14.5 15.5 6',
  reply: 'M8 5 4 9l4 4M4 9h7.5a4.5 4.5 0 0 1 4.5 4.5V15',
  warn: 'M10 3.5 17.5 16h-15ZM10 8.5v3.5M10 14h.01',
  image: 'M3.5 4.5h13v11h-13zM3.5 13l4-4 3.5 3.5 2-2 3.5 3.5M13 7.5h.01',
  file: 'M5.5 3h6l3.5 3.5V17h-9.500zM11 3v4h4',
  chat: 'M3.5 4.5h13v9.500h-7.500l-3.500 3v-3h-2z',
  wire: 'M3 7h11l-2.500-2.500M17 13H6l2.500 2.500',
  store: 'M4 8h12l-.8 8.500H4.800ZM7 8V6.500a3 3 0 0 1 6 0V8',
  list: 'M4 5.500h.01M4 10h.01M4 14.500h.01M7.500 5.500h9M7.500 10h9M7.500 14.500h9',
  spark: 'M10 3v4M10 13v4M3 10h4M13 10h4M5.500 5.500l2 2M12.500 12.500l2 2M14.500 5.500l-2 2M7.500 12.500l-2 2',
  play: 'M6.500 4.500 15 10 6.500 15.500Z',
  plus: 'M10 4v12M4 10h12',
  edit: 'M4 16v-3l8.500-8.500 3 3L7 16H4ZM11 6l3 3',
  trash: 'M4.500 6h11M8 6V4h4v2M6 6l.7 10.500h6.600L14 6',
  home: 'M3.500 9.500 10 4l6.500 5.500M5.500 8.500V16h9V8.500',
};

export function icon(name, extra) {
  return svg('svg', { class: 'icon' + (extra ? ' ' + extra : ''), viewBox: '0 0 20 20', 'aria-hidden': 'true', focusable: 'false' },
    svg('path', { d: paths[name] || paths.more }));
}
