// Block Kit blocks as DOM nodes. What is interactive in them is drawn by
// elements.js.

import { h, icon, fresh, add } from './dom.js';
import { mrkdwn, textObject, plainText } from './mrkdwn.js';
import { richText, flat } from './richtext.js';
import { markdown } from './markdown.js';
import { chart } from './chart.js';
import { element } from './elements.js';
import { grouped } from './grouped.js';

// blocks draws a list of them for a surface.
export function blocks(list, surface) {
  surface.spots = new Set();
  return draw(list, surface, '');
}

// draw is for blocks at the top, and for those inside others, whose ids begin with under.
function draw(list, surface, under) {
  return (list || []).map((b, i) => {
    const node = (kinds[b.type] || unknown)(b, surface, b.block_id || under + i);
    node.classList.add('block');
    return node;
  });
}

const unknown = (b) => h('div', { class: 'unknown' }, `[${b.type} block]`);

const kinds = {
  section, context, actions, input, image: imageBlock, table,
  header: (b, s) => h('h3', { class: 'block-header block-header-' + (b.level || 1) }, textObject(b.text, s.desk.world)),
  ...grouped(draw, picture),
  divider: () => h('hr', { class: 'block-divider' }),
  rich_text: (b, s) => h('div', { class: 'block-rich' }, richText(b, s.desk.world)),
  markdown: (b, s) => h('div', {}, markdown(b.text, s.desk.world)),
  data_visualization: (b) => h('div', {}, chart(b)),
  alert: (b, s) => h('div', { class: 'block-alert block-alert-' + (b.level || 'default'), role: 'note' }, textObject(b.text, s.desk.world)),
};

function section(b, surface, id) {
  const world = surface.desk.world;
  const words = h('div', { class: 'section-words' });
  if (b.text) words.append(long(h('div', { class: 'mrk' }, textObject(b.text, world)), b.text.text, b.expand));
  if (b.fields) words.append(h('div', { class: 'fields' }, b.fields.map((f) => h('div', { class: 'mrk' }, textObject(f, world)))));
  const extra = b.accessory && (b.accessory.type === 'image'
    ? picture(b.accessory, surface, 'accessory-image')
    : h('div', { class: 'accessory' }, element(b.accessory, { block: id, label: b.text?.text }, surface)));
  return h('div', { class: 'section' }, words, extra);
}

// long folds a text of many lines, as Slack does unless told to expand it.
function long(node, text, expand) {
  if (expand || (text.length < 700 && text.split('\n').length < 14)) return node;
  node.classList.add('folded');
  const more = h('button', { type: 'button', class: 'link-button', 'aria-expanded': 'false', onclick: () => {
    const folded = node.classList.toggle('folded');
    more.textContent = folded ? 'See more' : 'See less';
    more.setAttribute('aria-expanded', String(!folded));
  } }, 'See more');
  return h('div', {}, node, more);
}

function context(b, surface) {
  return h('div', { class: 'context' }, (b.elements || []).map((e) => (e.type === 'image'
    ? picture(e, surface, 'context-image')
    : h('span', { class: 'mrk' }, textObject(e, surface.desk.world)))));
}

function actions(b, surface, id) {
  return h('div', { class: 'actions', role: 'group' }, (b.elements || []).map((e) => element(e, { block: id }, surface)));
}

function input(b, surface, id) {
  const field = fresh('field');
  const place = { block: id, input: true, dispatch: b.dispatch_action, id: field, label: b.label?.text, labelid: field + '-label',
    describedby: (b.optional ? field + '-optional ' : '') + field + '-about', optional: b.optional };
  const error = surface.errors[id];
  const grouped = ['checkboxes', 'radio_buttons'].includes(b.element?.type);
  const node = h('div', { class: 'input-block' + (error ? ' input-bad' : ''), data: { block: id } },
    h('div', { class: 'input-head' },
      h(grouped ? 'div' : 'label', { class: 'input-label', id: place.labelid, for: grouped ? null : field }, plainText(b.label?.text || '')),
      b.optional && h('span', { class: 'input-optional', id: field + '-optional' }, '(optional)')),
    element(b.element || {}, place, surface),
    h('div', { class: 'input-about', id: field + '-about' },
      h('p', { class: 'input-error', role: 'alert' }, error && [icon('warn'), error]),
      b.hint && h('p', { class: 'input-hint' }, plainText(b.hint.text))));
  return node;
}

// markErrors shows sentences at their inputs without drawing them again.
export function markErrors(root, errors) {
  for (const node of root.querySelectorAll('.input-block')) {
    const words = errors[node.dataset.block];
    node.classList.toggle('input-bad', Boolean(words));
    const spot = node.querySelector('.input-error');
    spot.replaceChildren();
    if (words) add(spot, icon('warn'), words);
    node.querySelector('[data-spot]')?.setAttribute('aria-invalid', String(Boolean(words)));
  }
}

function imageBlock(b, surface) {
  return h('figure', { class: 'image-block' }, b.title && h('figcaption', {}, plainText(b.title.text)), picture(b, surface, 'image-picture'));
}

// picture shows an image that is kept on this address; of any other only what
// it is said to show.
function picture(b, surface, kind) {
  const at = here(b.image_url) || surface.desk.world.file(b.slack_file);
  if (at) return h('img', { class: kind, src: at, alt: b.alt_text || '', loading: 'lazy' });
  return h('span', { class: kind + ' image-absent', role: 'img', 'aria-label': b.alt_text, title: b.alt_text + (b.image_url ? ' (' + b.image_url + ', not loaded: the sandbox asks no other address)' : '') },
    icon('image'), kind === 'image-picture' && h('span', {}, b.alt_text));
}

function here(url) {
  if (!url) return '';
  try {
    const u = new URL(url);
    return u.origin === location.origin ? u.pathname + u.search : '';
  } catch { return ''; }
}

function table(b, surface) {
  const look = (i) => (b.column_settings || [])[i] || {};
  const cell = (tag) => (c, i) => h(tag, { class: `cell-${look(i).align || (c.type === 'raw_number' ? 'right' : 'left')}` + (look(i).is_wrapped ? '' : ' cell-line'), scope: tag === 'th' ? 'col' : null },
    c.type === 'rich_text' ? flat(c, surface.desk.world) : c.text ?? String(c.value ?? ''));
  const [head, ...rest] = b.rows || [];
  return h('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': 'Table' }, h('table', { class: 'block-table' },
    head && h('thead', {}, h('tr', {}, head.map(cell('th')))),
    h('tbody', {}, rest.map((r) => h('tr', {}, r.map(cell('td')))))));
}

// words shows what has no blocks.
export const words = (text, world) => h('div', { class: 'mrk' }, mrkdwn(text, world));
