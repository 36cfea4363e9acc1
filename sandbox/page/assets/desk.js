// A desk is one person's Slack client: sidebar, conversation, thread, App
// Home, modals. The page shows one, or two side by side.

import { h, icon, put, released } from './dom.js';
import { ask, act } from './api.js';
import { avatar, role } from './people.js';
import { Messages, beginning } from './messages.js';
import { Composer } from './composer.js';
import { Modals, Home, confirm } from './views.js';
import { menu } from './popup.js';
import { World } from './world.js';
import { now } from './time.js';

const homeTab = 'home';

export class Desk {
  // page has toast(words), moved() after somebody or something else is shown,
  // and hints().
  constructor(page, user, place) {
    Object.assign(this, { page, user, place, thread: '', notices: [], reads: new Map(), since: null });
    this.world = new World(this, page.toast);
    this.messages = new Messages(this, 'Messages', false);
    this.replies = new Messages(this, 'Thread', true);
    this.composer = new Composer({ label: 'Message', hints: page.hints, on: (text) => this.write(text), more: (button) => this.shortcuts(button) });
    this.answer = new Composer({ label: 'Reply', on: (text) => this.write(text, this.thread) });
    this.home = new Home(this);
    this.modals = new Modals(this);
    this.side = h('nav', { class: 'side', 'aria-label': 'Channels' });
    this.head = h('header', { class: 'room-head' });
    this.waits = h('p', { class: 'waits', role: 'status' });
    this.room = h('div', { class: 'room' });
    this.threadRoot = h('aside', { class: 'thread', 'aria-label': 'Thread', hidden: true });
    this.body = h('div', { class: 'desk-body' }, this.side, this.room, this.threadRoot);
    this.root = h('section', { class: 'desk' }, this.body, this.modals.root);
    this.body.addEventListener('click', (e) => { if (this.root.classList.contains('desk-side-open') && !this.side.contains(e.target) && !e.target.closest('.side-opener')) this.showSide(false); });
    this.threadRoot.addEventListener('keydown', (e) => { if (e.key === 'Escape') this.openThread(''); });
    put(this.threadRoot, h('header', { class: 'room-head' }, h('h2', {}, 'Thread'),
      h('button', { type: 'button', class: 'tool-button', 'aria-label': 'Close thread', onclick: () => this.openThread('') }, icon('close'))), this.replies.root, this.answer.root);
  }

  isMain() { return this.page.desks[0] === this; }

  // refresh reads what this person's client shows now. Questions that cross
  // are answered by the newest only.
  async refresh() {
    const mine = (this.asked = (this.asked || 0) + 1);
    const user = this.user;
    const state = await ask('state', { as: user });
    await released();
    if (mine !== this.asked || user !== this.user) return;
    this.page.tick(state);
    this.state = state;
    this.since ??= String(new Date(state.clock.now).getTime() / 1000);
    this.world.take(state);
    this.redraw();
  }

  // become acts as somebody else.
  async become(user, place) {
    this.user = user;
    this.asked = (this.asked || 0) + 1;
    this.thread = '';
    this.modals.hide();
    this.modals.surfaces.clear();
    this.messages.shown = this.replies.shown = '';
    this.home.look = '';
    if (place) this.place = place;
    this.page.moved();
    await this.refresh();
    if (this.place === homeTab) this.go(homeTab);
  }

  // go shows a channel, or the App Home.
  async go(place, quiet) {
    this.place = place;
    this.thread = '';
    this.showSide(false);
    this.page.moved();
    this.redraw();
    if (place === homeTab) {
      const reply = await act('home', { user: this.user }).catch((e) => ({ error: e.message }));
      if (reply.error) this.page.toast(reply.error);
    } else if (!quiet && matchMedia('(min-width: 760px)').matches) this.composer.field.focus();
  }

  // channel is the one that is shown. The conversation with the app can be
  // opened before anything was said in it.
  channel() {
    const c = this.state?.channels.find((one) => one.id === this.place);
    if (c || this.place !== this.botDM()?.id) return c;
    return this.botDM();
  }
  bot() { return this.state?.everybody.find((p) => p.is_bot && !p.is_workflow_bot); }
  botDM() {
    const bot = this.bot();
    return this.state?.channels.find((c) => c.kind === 'im' && c.with === bot?.id) ||
      (bot && { id: 'D' + this.user.slice(1), name: bot.name, kind: 'im', with: bot.id, members: [this.user, bot.id], messages: [] });
  }

  redraw() {
    if (!this.state) return;
    if (this.place !== homeTab && !this.channel()) {
      const fallback = this.state.channels.find((c) => c.id === 'C0IOS') || this.state.channels.find((c) => c.kind !== 'im');
      this.place = fallback ? fallback.id : homeTab;
    }
    this.markRead();
    this.drawSide();
    this.place === homeTab ? this.drawHome() : this.drawChannel();
    this.modals.update(this.state.views);
    this.root.setAttribute('aria-label', 'Acting as ' + this.world.person(this.user));
  }

  // --- what is unread

  readKey(id) { return this.user + ' ' + id; }
  markRead() {
    const c = this.channel();
    if (c && !document.hidden) this.reads.set(this.readKey(c.id), c.messages?.at(-1)?.ts || '0');
  }
  unread(c) {
    const from = this.reads.get(this.readKey(c.id)) || this.since;
    return (c.messages || []).filter((m) => Number(m.ts) > Number(from) && m.user !== this.user).length;
  }

  // --- the sidebar

  drawSide() {
    const { state, world } = this;
    const kinds = { public: 'hash', private: 'lock' };
    const row = (c) => {
      const n = this.unread(c);
      const sign = c.kind === 'im' ? avatar(world.who(c.with), 'tiny') : icon(c.is_archived ? 'archive' : c.is_ext_shared ? 'shared' : kinds[c.kind]);
      return h('li', {}, h('button', { type: 'button', class: 'side-row' + (n ? ' side-unread' : ''), 'aria-current': this.place === c.id ? 'page' : null, onclick: () => this.go(c.id) },
        sign, h('span', { class: 'side-name' }, c.name), n > 0 && h('span', { class: 'badge' }, n, h('span', { class: 'sr' }, ' unread'))));
    };
    const bot = this.bot();
    const isBotDM = (c) => c.kind === 'im' && c.with === bot?.id;
    const dm = this.botDM();
    const n = dm ? this.unread(dm) : 0;
    const atBot = this.place === homeTab || (dm && this.place === dm.id);
    const focus = this.side.contains(document.activeElement) ? document.activeElement.dataset.row : '';
    put(this.side,
      h('p', { class: 'workspace' }, state.user.team_id === 'T0PARTNER' ? 'Meadow Labs (shared)' : 'Meadow Labs'), this.switcher(),
      h('h2', { class: 'side-title' }, 'Channels'), h('ul', { class: 'side-list' }, state.channels.filter((c) => c.kind !== 'im').map(row)),
      state.channels.some((c) => c.kind === 'im' && !isBotDM(c)) && [h('h2', { class: 'side-title' }, 'Direct messages'),
        h('ul', { class: 'side-list' }, state.channels.filter((c) => c.kind === 'im' && !isBotDM(c)).map(row))],
      bot && [h('h2', { class: 'side-title' }, 'Apps'), h('ul', { class: 'side-list' }, h('li', {},
        h('button', { type: 'button', class: 'side-row' + (n ? ' side-unread' : ''), 'aria-current': atBot ? 'page' : null, onclick: () => this.go(n && dm ? dm.id : homeTab) },
          avatar(bot, 'tiny'), h('span', { class: 'side-name' }, bot.name), n > 0 && h('span', { class: 'badge' }, n, h('span', { class: 'sr' }, ' unread')))))]);
    [...this.side.querySelectorAll('button')].forEach((b, i) => { b.dataset.row = i; });
    if (focus) this.side.querySelector(`[data-row="${focus}"]`)?.focus();
  }

  switcher() {
    const me = this.state.user;
    const button = h('button', { type: 'button', class: 'switcher', 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'aria-label': `Acting as ${me.real_name}, ${role(me)}. Act as somebody else` },
      avatar(me, 'small'), h('span', { class: 'switcher-words' }, h('small', {}, 'Acting as'), h('strong', {}, me.real_name), h('small', {}, role(me))), icon('down'));
    button.addEventListener('click', () => this.choosePerson(button));
    return button;
  }

  choosePerson(button) {
    menu(button, this.state.everybody.filter((p) => !p.is_bot).map((p) => ({
      words: p.real_name, about: `${role(p)} · @${p.name}`, mark: avatar(p, 'small'), current: p.id === this.user, off: p.deleted, on: () => this.become(p.id),
    })));
  }

  showSide(on) { this.root.classList.toggle('desk-side-open', on); }

  opener() {
    return h('button', { type: 'button', class: 'tool-button side-opener', 'aria-label': 'Channels', onclick: () => this.showSide(true) }, icon('menu'));
  }

  // who says in the head of a narrow desk, whose sidebar is folded away, whose it is.
  who() {
    const me = this.state.user;
    const button = h('button', { type: 'button', class: 'head-who', 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'aria-label': `Acting as ${me.real_name}. Act as somebody else` },
      avatar(me, 'tiny'), me.real_name.split(' ')[0], icon('down'));
    button.addEventListener('click', () => this.choosePerson(button));
    return button;
  }

  // --- the conversation

  drawChannel() {
    const c = this.channel();
    const top = (c.messages || []).filter((m) => !m.thread_ts || m.thread_ts === m.ts || m.broadcast || m.ephemeral);
    const isBot = c.kind === 'im' && c.with === this.bot()?.id;
    put(this.head, this.opener(), ...(isBot ? this.tabs() : [
      h('h2', { class: 'room-name' }, c.kind === 'im' ? avatar(this.world.who(c.with), 'tiny') : icon(c.kind === 'private' ? 'lock' : 'hash'), c.name),
      c.is_ext_shared && h('span', { class: 'tag' }, 'Shared with another company'), c.is_archived && h('span', { class: 'tag' }, 'Archived'),
      h('p', { class: 'room-topic' }, c.topic || ''), c.kind !== 'im' && this.members(c)]), this.who());
    const intro = beginning(c.kind === 'im' ? this.world.person(c.with) : '#' + c.name,
      c.kind === 'im' ? 'Here you talk with nobody else.' : c.kind === 'private' ? 'A private channel: only its members see it.' : 'The beginning of this channel.');
    if (c.kind !== 'im' && !c.is_archived && c.members.includes(this.bot()?.id)) {
      intro.append(h('p', { class: 'beginning-app' }, avatar(this.bot(), 'tiny'), h('span', {}, 'The app ', h('strong', {}, this.bot().name), ' is in this channel. Type ', h('code', {}, '/'), ' to see what it can do.')));
    }
    this.messages.update(c.id, top, this.notices.filter((n) => n.channel === c.id && n.to === this.user), intro);
    this.composer.moveTo(this.user + c.id, c.is_archived ? 'This channel is archived' : `Message ${c.kind === 'im' ? c.name : '#' + c.name}` + (this.root.clientWidth < 560 ? '' : ', or type / for commands'), c.is_archived);
    this.fillRoom(this.head, this.messages.root, this.waits, this.composer.root);
    this.drawThread(c);
  }

  members(c) {
    const names = c.members.map((id) => this.world.person(id));
    return h('span', { class: 'room-members', title: names.join(', ') },
      c.members.slice(0, 3).map((id) => avatar(this.world.who(id) || { id, name: id }, 'tiny')), h('span', {}, c.members.length, h('span', { class: 'sr' }, ' members: ' + names.join(', '))));
  }

  drawThread(c) {
    const parent = (c.messages || []).find((m) => m.ts === this.thread);
    this.threadRoot.hidden = !parent;
    this.root.classList.toggle('desk-thread', Boolean(parent));
    if (!parent) return;
    const all = [parent, ...c.messages.filter((m) => m.thread_ts === parent.ts && m.ts !== parent.ts)];
    this.replies.update(c.id + parent.ts, all, [], null);
    this.answer.moveTo(this.user + parent.ts, 'Reply', c.is_archived);
  }

  openThread(ts) {
    this.thread = ts;
    this.redraw();
    (ts ? this.answer : this.composer).field.focus();
  }

  tabs() {
    const dm = this.botDM();
    const tab = (words, place) => h('button', { type: 'button', class: 'tab', 'aria-current': this.place === place ? 'page' : null, disabled: !place, onclick: () => this.go(place) }, words);
    return [h('h2', { class: 'room-name' }, avatar(this.bot(), 'tiny'), this.bot().name, h('span', { class: 'app-badge' }, 'App')),
      h('div', { class: 'tabs' }, tab('Home', homeTab), tab('Messages', dm?.id || ''))];
  }

  drawHome() {
    put(this.head, this.opener(), ...this.tabs(), this.who());
    this.home.update(this.state.home);
    this.threadRoot.hidden = true;
    this.root.classList.remove('desk-thread');
    this.fillRoom(this.head, this.home.root);
  }

  fillRoom(...parts) {
    if (parts.length === this.room.children.length && parts.every((p, i) => this.room.children[i] === p)) return;
    put(this.room, parts);
    if (this.messages.atEnd) this.messages.toEnd();
  }

  // --- what one does

  async write(text, thread) {
    const channel = this.place;
    if (text.startsWith('/')) return thread ? this.page.toast('Commands do not work in threads. Type it in the channel.') : this.command(text, channel);
    try {
      await act('say', { user: this.user, channel, thread: thread || '', text: text });
      (thread ? this.replies : this.messages).atEnd = true;
      await this.refresh();
    } catch (e) { this.page.toast(e.message); }
  }

  async command(text, channel) {
    const to = this.user;
    const invite = /^\/invite\s+@?(\S+)$/.exec(text);
    if (invite) return this.invite(invite[1], channel);
    const timer = setTimeout(() => { this.waits.textContent = 'Waiting for the app…'; }, 400);
    const reply = await act('command', { user: this.user, channel, text }).catch((e) => ({ error: e.message }));
    clearTimeout(timer);
    this.waits.textContent = '';
    await this.refresh();
    if (reply.error) this.notice(to, channel, reply.error.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;'));
    this.messages.toEnd();
  }

  // shortcuts offers those of the app that belong to no message.
  shortcuts(button) {
    const all = (this.state.shortcuts || []).filter((s) => !s.message);
    if (!all.length) return this.page.toast('No app here has a shortcut for you.');
    menu(button, [{ heading: 'Shortcuts' }, ...all.map((s) => ({
      words: s.name, about: s.description, mark: avatar(this.bot(), 'small'), on: () => this.shortcut({ callback_id: s.callback_id }),
    }))]);
  }

  async shortcut(which) {
    const reply = await act('shortcut', { user: this.user, ...which }).catch((e) => ({ error: e.message }));
    if (reply.error) this.page.toast(reply.error.replace(/^⚠\s*/, ''));
    await this.refresh();
  }

  // aboutMessage offers what can be done with one message besides answering it.
  aboutMessage(button, m) {
    const all = (this.state.shortcuts || []).filter((s) => s.message);
    const mine = m.user === this.user && !this.channel()?.is_archived;
    menu(button, [
      ...(mine ? [{ words: 'Edit message', mark: icon('edit'), on: () => this.messages.edit(m) }] : []),
      ...(all.length ? [{ heading: 'Shortcuts' }] : []),
      ...all.map((s) => ({ words: s.name, about: s.description, mark: avatar(this.bot(), 'tiny'), on: () => this.shortcut({ callback_id: s.callback_id, channel: m.channel, ts: m.ts }) })),
      ...(mine ? [{ words: 'Delete message', mark: icon('trash'), danger: true, on: () => this.retract(m) }] : []),
    ]);
  }

  async retract(m) {
    const sure = await this.confirm({ title: { text: 'Delete message' }, text: { type: 'plain_text', text: 'It is gone for everybody in the channel.' }, confirm: { text: 'Delete' }, deny: { text: 'Cancel' }, style: 'danger' });
    if (sure) await this.change('retract', { channel: m.channel, ts: m.ts });
  }

  async change(what, body) {
    await act(what, { user: this.user, ...body }).catch((e) => this.page.toast(e.message));
    await this.refresh();
  }

  async invite(handle, channel) {
    const p = this.state.everybody.find((one) => one.name === handle);
    try {
      if (!p) throw new Error('Nobody here is called @' + handle + '.');
      await act('join', { user: p.id, channel });
      await this.refresh();
    } catch (e) { this.page.toast(e.message); }
  }

  // notice is a line only this person sees, said by Slack itself.
  notice(to, channel, text) {
    const n = { key: 'notice ' + Math.random(), local: true, to, channel, ts: '', at: now().toISOString(), user: 'slackbot', from: { id: 'slackbot', real_name: 'Slackbot' }, text, ephemeral: true };
    n.dismiss = () => { this.notices = this.notices.filter((x) => x !== n); this.redraw(); };
    this.notices.push(n);
    this.messages.atEnd = true;
    this.redraw();
  }

  confirm(c) { return confirm(this, c); }

  // settleFocus puts a focus that was lost with a modal where one goes on.
  settleFocus() {
    if (document.activeElement === document.body && matchMedia('(min-width: 760px)').matches) this.composer.field.focus({ preventScroll: true });
  }

  // cover makes everything under a dialog unreachable.
  cover(on) { this.body.inert = on; }

  // type puts words into the composer, for the guide.
  type(text) {
    if (this.place === homeTab) this.go('C0IOS');
    this.composer.write(text);
    this.composer.field.focus();
  }
}

