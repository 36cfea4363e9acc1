// The messages of a channel or a thread, drawn once each and again only when
// they change, so that what one is doing in them is left alone.

import { h, icon, put, add } from './dom.js';
import { avatar } from './people.js';
import { blocks, words } from './blocks.js';
import { emojiNode } from './mrkdwn.js';
import { attachments } from './attachments.js';
import { Surface } from './surface.js';
import { time, exact, dayKey, dayName } from './time.js';

const together = 5 * 60 * 1000; // messages of one person this close share a head

export class Messages {
  constructor(desk, label, inThread) {
    Object.assign(this, { desk, inThread, drawn: new Map(), surfaces: new Map(), atEnd: true, shown: '' });
    this.list = h('ol', { class: 'messages', role: 'log', 'aria-label': label, 'aria-live': 'polite', 'aria-relevant': 'additions' });
    this.below = h('button', { type: 'button', class: 'below', hidden: true, onclick: () => this.toEnd() }, icon('down'), 'New messages');
    this.root = h('div', { class: 'messages-scroll', tabindex: '0', role: 'region', 'aria-label': label }, this.list, this.below);
    this.root.addEventListener('scroll', () => {
      this.atEnd = this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < 40;
      if (this.atEnd) this.below.hidden = true;
    });
    this.root.addEventListener('keydown', (e) => this.walk(e));
    new ResizeObserver(() => { if (this.atEnd) this.toEnd(); }).observe(this.list);
  }

  // walk goes from message to message with the arrow keys; Tab then reaches what is in one.
  walk(e) {
    const at = e.target === this.root ? null : e.target.matches('.message') ? e.target : undefined;
    if (at === undefined) return;
    const all = [...this.list.querySelectorAll('.message')];
    const i = all.indexOf(at);
    const go = { ArrowUp: at ? i - 1 : all.length - 1, ArrowDown: at ? i + 1 : 0, Home: 0, End: all.length - 1 }[e.key];
    if (e.key === 'Escape' && at) { e.stopPropagation(); return this.root.focus(); }
    if (go === undefined || !all[go]) return;
    e.preventDefault();
    all[go].focus();
    all[go].scrollIntoView({ block: 'nearest' });
  }

  // edit lets who wrote a message write it anew.
  edit(m) {
    this.editing = m.ts;
    this.desk.redraw();
  }

  toEnd() {
    this.root.scrollTop = this.root.scrollHeight;
    this.atEnd = true;
    this.below.hidden = true;
  }

  // update shows these messages; place names the channel or thread they are of.
  update(place, messages, notices, intro) {
    const anew = place !== this.shown;
    if (anew) {
      this.shown = place;
      this.drawn.clear();
      this.surfaces.clear();
      this.atEnd = true;
    }
    const before = this.count || 0;
    const stood = this.atEnd;
    const nodes = intro ? [intro] : [];
    const kept = new Map();
    let last = null;
    for (const m of [...messages, ...notices].sort((a, b) => new Date(a.at) - new Date(b.at))) {
      const at = new Date(m.at);
      const day = dayKey(at, this.desk.world.zone);
      if (!this.inThread && (!last || day !== dayKey(last.at, this.desk.world.zone))) {
        nodes.push(h('li', { class: 'day', role: 'separator' }, h('span', {}, dayName(at, this.desk.world.zone))));
        last = null;
      }
      const compact = Boolean(last && last.m.user === m.user && at - last.at < together && Boolean(last.m.ephemeral) === Boolean(m.ephemeral));
      nodes.push(this.message(m, compact, kept));
      last = { m, at };
    }
    this.drawn = kept;
    this.count = messages.length + notices.length;
    const spot = document.activeElement?.dataset?.spot;
    const held = this.list.contains(document.activeElement) ? document.activeElement.closest('.message')?.dataset.key : '';
    sync(this.list, nodes);
    if (held && !this.list.contains(document.activeElement)) {
      [...this.list.querySelectorAll('[data-spot]')].find((n) => n.dataset.spot === spot && n.closest('.message').dataset.key === held)?.focus();
    }
    if (anew || stood) this.toEnd();
    else if (this.count > before) this.below.hidden = false;
  }

  message(m, compact, kept) {
    const key = m.key || m.ts + (m.ephemeral ? ' only you' : '');
    const trouble = this.surfaces.get(key)?.trouble || '';
    const look = JSON.stringify([m.revision, m.text, m.blocks, m.state, m.edited, m.reply_count, m.reactions, m.files, m.attachments, compact, trouble, this.editing === m.ts,
      this.desk.world.zone, this.desk.world.person(m.user)]);
    const old = this.drawn.get(key);
    const now = old && old.look === look ? old : { look, node: this.draw(m, key, compact) };
    kept.set(key, now);
    return now.node;
  }

  surface(m, key) {
    let s = this.surfaces.get(key);
    if (!s) {
      s = new Surface(this.desk, {}, {});
      s.after = () => { this.drawn.delete(key); this.desk.redraw(); };
      this.surfaces.set(key, s);
    }
    s.where = { channel: m.channel, ts: m.ts, revision: m.revision };
    s.state = m.state || {};
    return s;
  }

  draw(m, key, compact) {
    const { desk } = this;
    const { world } = desk;
    const who = m.from || world.who(m.user);
    const at = new Date(m.at);
    const surface = this.surface(m, key);
    const stamp = h('time', { class: 'stamp', datetime: at.toISOString(), title: exact(at, world.zone) }, compact ? time(at, world.zone).replace(/\s[AP]M/, '') : time(at, world.zone));
    const name = who?.real_name || who?.name || m.user;
    return h('li', { class: 'message' + (compact ? ' message-more' : '') + (m.ephemeral ? ' message-private' : ''), data: { key }, tabindex: '-1' },
      m.ephemeral && h('p', { class: 'only-you' }, icon('eye'), 'Only visible to you',
        m.dismiss && [' · ', h('button', { type: 'button', class: 'link-button', onclick: m.dismiss }, 'Dismiss')]),
      compact ? h('span', { class: 'gutter' }, stamp) : avatar(who),
      h('div', { class: 'message-body' },
        compact ? h('span', { class: 'sr' }, name) : h('p', { class: 'message-head' }, h('strong', { class: 'author' }, name),
          who?.is_bot && h('span', { class: 'app-badge' }, 'App'), stamp),
        this.editing === m.ts ? this.editor(m) : this.content(m, surface),
        attachments(m, surface),
        files(m, world),
        surface.trouble && h('p', { class: 'message-trouble', role: 'alert' }, icon('warn'), surface.trouble.replace(/^⚠\s*/, '')),
        m.reactions?.length && h('p', { class: 'reactions' }, m.reactions.map((r) => h('span', { class: 'reaction', title: r.users.map(world.person).join(', ') }, emojiNode(r.name), ' ', r.users.length))),
        !this.inThread && m.reply_count > 0 && h('button', { type: 'button', class: 'thread-link', onclick: () => desk.openThread(m.ts) },
          icon('reply'), m.reply_count === 1 ? '1 reply' : m.reply_count + ' replies')),
      !this.inThread && !m.ephemeral && !m.local && h('div', { class: 'message-tools' },
        h('button', { type: 'button', class: 'tool-button', 'aria-label': 'Reply in thread', title: 'Reply in thread', onclick: () => desk.openThread(m.ts) }, icon('reply')),
        this.moreOf(m)));
  }

  moreOf(m) {
    const button = h('button', { type: 'button', class: 'tool-button', 'aria-label': 'More actions', title: 'More actions', 'aria-haspopup': 'menu', 'aria-expanded': 'false' }, icon('more'));
    button.addEventListener('click', () => this.desk.aboutMessage(button, m));
    return button;
  }

  editor(m) {
    const field = h('textarea', { class: 'field editor-field', rows: 2, 'aria-label': 'Edit message', value: asTyped(m.text) });
    const end = () => { this.editing = ''; this.desk.redraw(); this.desk.composer.field.focus(); };
    const save = async () => {
      await this.desk.change('revise', { channel: m.channel, ts: m.ts, text: field.value });
      end();
    };
    field.addEventListener('keydown', (e) => {
      if (e.key === 'Escape') { e.stopPropagation(); end(); }
      if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); save(); }
    });
    setTimeout(() => field.focus());
    return h('div', { class: 'editor' }, field, h('div', { class: 'editor-foot' },
      h('button', { type: 'button', class: 'button', onclick: end }, 'Cancel'), h('button', { type: 'button', class: 'button button-primary', onclick: save }, 'Save')));
  }

  content(m, surface) {
    const list = m.blocks && (typeof m.blocks === 'string' ? JSON.parse(m.blocks) : m.blocks);
    const edited = m.edited && h('span', { class: 'edited' }, '(edited)');
    if (list?.length) return h('div', { class: 'blocks' }, blocks(list, surface), edited);
    return add(words(m.text, this.desk.world), edited);
  }
}

// asTyped is a message as its author would write it again.
const asTyped = (text) => String(text || '').replace(/<(?:mailto:|@|#|!subteam\^)?([^<>|]+)(?:\|([^<>]*))?>/g, (_, target, label) => label || target)
  .replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');

function files(m, world) {
  // a file that stands in a block is not shown twice
  const inBlocks = JSON.stringify(m.blocks || '');
  const list = (m.files || []).filter((f) => !inBlocks.includes(JSON.stringify(f.id)));
  if (!list.length) return null;
  return h('div', { class: 'files' }, list.map((f) => (/^image\/(png|jpeg|gif|webp)$/.test(f.mimetype)
    ? h('figure', { class: 'image-block' }, h('figcaption', {}, f.title || f.name), h('img', { class: 'image-picture', src: f.path, alt: f.alt_text || f.title || f.name, loading: 'lazy' }))
    : h('a', { class: 'file', href: f.path, download: f.name, rel: 'noreferrer' }, icon('file'), h('span', {}, f.title || f.name, h('small', {}, size(f.size)))))));
}

const size = (n) => (n < 1024 ? n + ' bytes' : n < 1 << 20 ? (n / 1024).toFixed(1) + ' kB' : (n / (1 << 20)).toFixed(1) + ' MB');

// sync makes a list hold these nodes in this order, and moves none that
// stands where it should.
export function sync(list, nodes) {
  const want = new Set(nodes);
  for (const child of [...list.children]) if (!want.has(child)) child.remove();
  nodes.forEach((n, i) => { if (list.children[i] !== n) list.insertBefore(n, list.children[i] || null); });
}

// empty is what stands in a channel before anybody wrote.
export function beginning(title, about) {
  const node = h('li', { class: 'beginning' });
  return put(node, h('h3', {}, title), h('p', {}, about));
}
