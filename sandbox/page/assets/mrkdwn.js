// Slack's markup as DOM nodes. What a stranger wrote can look like markup and
// become bold; it can never become anything but text, known mentions, dates,
// and links of three kinds that the page itself does not follow.

import { h } from './dom.js';
import { emoji } from './emoji.js';
import { sign, withSigns } from './signs.js';
import { slackDate, exact } from './time.js';

const decode = (s) => s.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');

// link shows an address. Only web and mail addresses become links.
export function link(url, label, world) {
  let target;
  try { target = new URL(url); } catch { return document.createTextNode(label || url); }
  if (!['http:', 'https:', 'mailto:'].includes(target.protocol)) return document.createTextNode(label || url);
  const words = label || (target.protocol === 'mailto:' ? target.pathname : url);
  const stay = (e) => { e.preventDefault(); world.toast('The sandbox follows no links. This one leads to ' + target.href); };
  return h('a', { href: target.href, rel: 'noreferrer noopener nofollow', target: '_blank', title: target.href, onclick: stay, onauxclick: stay }, words);
}

export const mention = (id, world) =>
  h('span', { class: 'mention' + (id === world.me ? ' mention-me' : '') }, '@' + world.person(id));

export const channelLink = (id, world, name) => {
  const words = '#' + (world.channel(id) || name || 'private channel');
  if (!world.open || !world.channel(id)) return h('span', { class: 'mention' }, words);
  return h('button', { type: 'button', class: 'mention mention-channel', onclick: () => world.open(id) }, words);
};

export const groupMention = (id, world) => h('span', { class: 'mention' }, '@' + world.group(id));
export const broadcast = (range) => h('span', { class: 'mention mention-me' }, '@' + range);

export function dateNode(unix, tokens, fallback, world) {
  const at = new Date(unix * 1000);
  if (!Number.isFinite(at.getTime())) return document.createTextNode(fallback || '');
  return h('time', { datetime: at.toISOString(), title: exact(at, world.zone) }, slackDate(unix, tokens, world.zone));
}

export function emojiNode(name) {
  const character = emoji(name);
  return character ? sign(character, name.replace(/_/g, ' ')) : document.createTextNode(':' + name + ':');
}

// special is what stands between < and >.
function special(inside, world) {
  const bar = inside.indexOf('|');
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? '' : decode(inside.slice(bar + 1));
  let m;
  if ((m = /^@([UWB][A-Z0-9]+)$/.exec(target))) return mention(m[1], world);
  if ((m = /^#([CGD][A-Z0-9]+)$/.exec(target))) return channelLink(m[1], world, label);
  if ((m = /^!subteam\^([A-Z0-9]+)$/.exec(target))) return groupMention(m[1], world);
  if ((m = /^!(here|channel|everyone)$/.exec(target))) return broadcast(m[1]);
  if ((m = /^!date\^(-?\d+)\^([^^]*)(?:\^(.*))?$/.exec(target))) {
    const shown = dateNode(Number(m[1]), decode(m[2]), label, world);
    return m[3] ? link(decode(m[3]), shown.textContent, world) : shown;
  }
  if (target.startsWith('!')) return document.createTextNode(label || '');
  return link(decode(target), label, world);
}

const wrappers = { '*': 'strong', _: 'em', '~': 's' };
const wordy = /[\p{L}\p{N}]/u;

// closing finds the end of a run that a marker at "from" opens, or -1.
function closing(text, mark, from) {
  for (let i = from + 1; i < text.length; i++) {
    const c = text[i];
    if (c === '\n') return -1;
    if (c === '<') {
      const end = text.indexOf('>', i);
      if (end > 0) i = end;
    } else if (c === '`') {
      const end = text.indexOf('`', i + 1);
      if (end > 0) i = end;
    } else if (c === mark && i > from + 1 && !/\s/.test(text[i - 1]) && !wordy.test(text[i + 1] || ' ') && text[i + 1] !== mark) {
      return i;
    }
  }
  return -1;
}

// inline reads one run of text into nodes.
function inline(text, world) {
  const out = document.createDocumentFragment();
  let plain = '';
  const flush = () => { if (plain) out.append(...withSigns(decode(plain))); plain = ''; };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\n') { flush(); out.append(h('br')); continue; }
    if (c === '<') {
      const end = text.indexOf('>', i);
      if (end > i + 1) { flush(); out.append(special(text.slice(i + 1, end), world)); i = end; continue; }
    }
    if (c === '`') {
      const end = text.indexOf('`', i + 1);
      if (end > i + 1 && !text.slice(i, end).includes('\n')) {
        flush(); out.append(h('code', {}, codeWords(text.slice(i + 1, end)))); i = end; continue;
      }
    }
    if (wrappers[c] && !wordy.test(text[i - 1] || ' ') && /\S/.test(text[i + 1] || ' ')) {
      const end = closing(text, c, i);
      if (end > 0) { flush(); out.append(h(wrappers[c], {}, inline(text.slice(i + 1, end), world))); i = end; continue; }
    }
    if (c === ':') {
      const m = /^:([a-z0-9_+'-]+(?:::skin-tone-\d)?):/.exec(text.slice(i, i + 60));
      if (m && emoji(m[1])) { flush(); out.append(emojiNode(m[1])); i += m[0].length - 1; continue; }
    }
    plain += c;
  }
  flush();
  return out;
}

// codeWords shows what stands in code: a link as its words, all else as it is.
const codeWords = (s) => decode(s.replace(/<([^<>|]+)(?:\|([^<>]*))?>/g, (_, target, label) => label || target));

// mrkdwn reads a whole text: preformatted blocks, quotes, and lines.
export function mrkdwn(text, world) {
  const out = document.createDocumentFragment();
  String(text || '').split('```').forEach((piece, i, all) => {
    if (i % 2 === 1 && i < all.length - 1) {
      out.append(h('pre', {}, h('code', {}, codeWords(piece.replace(/^\n|\n$/g, '')))));
    } else {
      out.append(lines(i % 2 === 1 ? '```' + piece : piece, world));
    }
  });
  return out;
}

function lines(text, world) {
  const out = document.createDocumentFragment();
  let run = [];
  let quoted = false;
  const flush = () => {
    const words = run.join('\n').replace(quoted ? /$^/ : /^\n$/, '');
    if (words) out.append(quoted ? h('blockquote', {}, inline(words, world)) : inline(words, world));
    run = [];
  };
  for (const line of text.split('\n')) {
    const m = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (Boolean(m) !== quoted) { flush(); quoted = Boolean(m); }
    run.push(m ? m[1] : line);
  }
  flush();
  return out;
}

// textObject shows a plain_text or mrkdwn object.
export function textObject(t, world) {
  if (!t) return '';
  if (t.type === 'mrkdwn') return mrkdwn(t.text, world);
  return plainText(t.text, t.emoji !== false);
}

// plainText shows text that is never markup; only emoji names are read.
export function plainText(text, withEmoji) {
  const out = document.createDocumentFragment();
  const parts = withEmoji ? String(text).split(/(:[a-z0-9_+'-]+:)/) : [String(text)];
  for (const part of parts) {
    const name = /^:(.+):$/.exec(part);
    out.append(...(name && emoji(name[1]) ? [emojiNode(name[1])] : withSigns(part)));
  }
  return out;
}
