// Small things that open at a button: menus and panels. They close with Esc,
// with a click elsewhere, and give the focus back.

import { h } from './dom.js';

let shut = null;

// popup opens content at a button; the same button again closes it.
export function popup(button, content, onshut) {
  if (shut) {
    const same = shut.button === button;
    shut();
    if (same) return null;
  }
  document.body.append(content);
  place(button, content);
  button.setAttribute('aria-expanded', 'true');
  const outside = (e) => { if (!content.contains(e.target) && !button.contains(e.target)) close(); };
  const key = (e) => {
    if (e.key !== 'Escape') return;
    e.stopPropagation();
    close();
    button.focus();
  };
  const close = () => {
    shut = null;
    content.remove();
    button.setAttribute('aria-expanded', 'false');
    document.removeEventListener('pointerdown', outside, true);
    document.removeEventListener('keydown', key, true);
    removeEventListener('resize', close);
    onshut?.();
  };
  close.button = button;
  shut = close;
  document.addEventListener('pointerdown', outside, true);
  document.addEventListener('keydown', key, true);
  addEventListener('resize', close);
  return close;
}

function place(button, content) {
  const r = button.getBoundingClientRect();
  const s = content.style;
  const wide = content.offsetWidth;
  const left = r.left + r.width / 2 > innerWidth * 0.6 ? r.right - wide : r.left; // towards the middle
  s.left = Math.max(8, Math.min(left, innerWidth - wide - 8)) + 'px';
  const below = innerHeight - r.bottom - 12;
  if (below >= Math.min(content.offsetHeight, 320) || below > r.top) {
    s.top = r.bottom + 6 + 'px';
    s.maxHeight = below + 'px';
  } else {
    s.bottom = innerHeight - r.top + 6 + 'px';
    s.maxHeight = r.top - 12 + 'px';
  }
}

// menu opens a list of things to do: [{words, about, mark, off, current, danger, on}],
// among them headings: [{heading}].
export function menu(button, items) {
  const list = h('ul', { class: 'menu', role: 'menu', 'aria-label': button.getAttribute('aria-label') || button.textContent });
  let close;
  const rows = items.flatMap((item) => {
    if (item.heading) {
      list.append(h('li', { class: 'menu-label', role: 'presentation' }, item.heading));
      return [];
    }
    const row = h('li', { role: 'none' }, h('button', {
      type: 'button', class: 'menu-row' + (item.current ? ' menu-current' : '') + (item.danger ? ' menu-danger' : ''), role: 'menuitem', tabindex: '-1', disabled: item.off,
      onclick: () => { close(); button.focus(); item.on(); },
    }, item.mark, h('span', { class: 'menu-words' }, item.words, item.about && h('small', {}, item.about))));
    list.append(row);
    return row.firstChild;
  }).filter((b) => !b.disabled);
  close = popup(button, list);
  if (!close) return;
  (rows.find((r) => r.classList.contains('menu-current')) || rows[0])?.focus();
  list.addEventListener('keydown', (e) => {
    const i = rows.indexOf(document.activeElement);
    const go = { ArrowDown: i + 1, ArrowUp: i - 1 + rows.length, Home: 0, End: rows.length - 1 }[e.key];
    if (e.key === 'Tab') { close(); button.focus(); }
    if (go === undefined) return;
    e.preventDefault();
    rows[go % rows.length].focus();
  });
}

// trap keeps the focus inside a dialog.
export function trap(dialog) {
  dialog.addEventListener('keydown', (e) => {
    if (e.key !== 'Tab') return;
    const all = [...dialog.querySelectorAll('button, input, textarea, select, a[href], summary, [tabindex="0"]')]
      .filter((x) => !x.disabled && x.offsetParent !== null && !x.closest('[inert]'));
    if (!all.length) return;
    const [first, end] = [all[0], all.at(-1)];
    if (e.shiftKey && (document.activeElement === first || document.activeElement === dialog)) { e.preventDefault(); end.focus(); }
    else if (!e.shiftKey && document.activeElement === end) { e.preventDefault(); first.focus(); }
  });
}
