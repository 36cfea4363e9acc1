// rich_text: blocks whose parts say what they are, so nothing is guessed.

import { h } from './dom.js';
import { link, mention, channelLink, groupMention, broadcast, dateNode, emojiNode } from './mrkdwn.js';
import { withSigns } from './signs.js';

const styles = { bold: 'strong', italic: 'em', strike: 's', code: 'code', underline: 'u' };

function styled(node, style) {
  for (const [name, tag] of Object.entries(styles)) if (style && style[name]) node = h(tag, {}, node);
  return node;
}

// withBreaks keeps line ends of a text element.
function withBreaks(text) {
  const out = document.createDocumentFragment();
  String(text).split('\n').forEach((line, i) => { if (i) out.append(h('br')); out.append(...withSigns(line)); });
  return out;
}

const inlines = {
  text: (e) => withBreaks(e.text),
  link: (e, w) => link(e.url, e.text, w),
  user: (e, w) => mention(e.user_id, w),
  usergroup: (e, w) => groupMention(e.usergroup_id, w),
  channel: (e, w) => channelLink(e.channel_id, w),
  team: (e) => h('span', { class: 'mention' }, e.team_id),
  emoji: (e) => emojiNode(e.name),
  date: (e, w) => dateNode(e.timestamp, e.format, e.fallback, w),
  broadcast: (e) => broadcast(e.range),
  color: (e) => h('code', {}, e.value),
};

const run = (elements, world) =>
  (elements || []).map((e) => (inlines[e.type] ? styled(inlines[e.type](e, world), e.style) : e.text || ''));

const blocks = {
  rich_text_section: (e, w) => h('p', { class: 'rich-section' }, run(e.elements, w)),
  rich_text_quote: (e, w) => h('blockquote', {}, run(e.elements, w)),
  rich_text_preformatted: (e, w) => h('pre', {}, h('code', {}, run(e.elements, w))),
  rich_text_list: (e, w) => h(e.style === 'ordered' ? 'ol' : 'ul',
    { class: 'rich-list rich-indent-' + Math.min(8, e.indent || 0), start: e.style === 'ordered' ? (e.offset || 0) + 1 : null },
    (e.elements || []).map((item) => h('li', {}, run(item.elements, w)))),
};

export const richText = (block, world) =>
  (block.elements || []).map((e) => (blocks[e.type] ? blocks[e.type](e, world) : null));

// flat is rich text in one line, for a table's cell.
export const flat = (block, world) => (block.elements || []).flatMap((e) => run(e.elements, world));
