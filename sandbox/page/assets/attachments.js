// Attachments: what stands below a message beside a coloured bar, with texts of
// its own, fields, or blocks.

import { h } from './dom.js';
import { blocks } from './blocks.js';
import { link, mrkdwn } from './mrkdwn.js';

const colours = { good: '#2eb67d', warning: '#ecb22e', danger: '#e01e5a' };

export function attachments(m, surface) {
  const list = typeof m.attachments === 'string' ? JSON.parse(m.attachments) : m.attachments;
  if (!list?.length) return null;
  return h('div', { class: 'attachments' }, list.map((a, i) => attachment(a, i, surface)));
}

function attachment(a, i, surface) {
  const { world } = surface.desk;
  const marked = (name, text) => (!a.mrkdwn_in || a.mrkdwn_in.includes(name) ? mrkdwn(text, world) : text);
  const kept = surface.spots; // the blocks above have spots too
  const inner = a.blocks?.length ? blocks(a.blocks, surface) : [
    a.author_name && h('p', { class: 'attachment-small' }, a.author_link ? link(a.author_link, a.author_name, world) : a.author_name),
    a.title && h('p', { class: 'attachment-title' }, a.title_link ? link(a.title_link, a.title, world) : a.title),
    a.text && h('div', { class: 'mrk' }, marked('text', a.text)),
    a.fields?.length && h('dl', { class: 'attachment-fields' }, a.fields.map((f) => h('div', { class: f.short ? '' : 'attachment-long' }, h('dt', {}, f.title), h('dd', {}, marked('fields', f.value || ''))))),
    a.footer && h('p', { class: 'attachment-small' }, a.footer),
  ];
  surface.spots = new Set([...kept, ...surface.spots]);
  const side = h('div', { class: 'attachment-bar', 'aria-hidden': 'true' });
  const colour = colours[a.color] || (/^#?[0-9a-f]{6}$/i.test(a.color || '') && '#' + a.color.replace('#', ''));
  if (colour) side.style.background = colour;
  return h('div', { class: 'attachment-with' }, a.pretext && h('div', { class: 'mrk' }, marked('pretext', a.pretext)),
    h('div', { class: 'attachment', data: { attachment: i + 1 } }, side, h('div', { class: 'blocks' }, inner)));
}
