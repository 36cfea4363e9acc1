// The page: the desks of one or two people, the panels behind the scenes, and
// the stream that keeps them all up to date.

import { h, icon, put } from './dom.js';
import { ask, listen } from './api.js';
import { setNow } from './time.js';
import { Desk } from './desk.js';
import { Guide } from './guide.js';
import { Wire, AtApple, Log } from './wire.js';
import { Clock } from './controls.js';
import { Troubles } from './trouble.js';

const $ = (id) => document.getElementById(id);
const narrow = matchMedia('(max-width: 760px)');

class Page {
  constructor() {
    Object.assign(this, { lines: [], last: { slack: 0, apple: 0, orchard: 0, log: 0 }, clock: { offset: 0 }, people: new Map(), everybody: [], panel: '' });
    for (const name of ['toast', 'moved', 'tick', 'hints']) this[name] = this[name].bind(this);
    const where = new URLSearchParams(location.hash.slice(1));
    this.desks = [new Desk(this, where.get('as') || 'U0ANA', where.get('in') || 'C0IOS')];
    if (where.get('as2')) this.desks.push(new Desk(this, where.get('as2'), where.get('in2') || 'C0IOS'));
    this.clockTool = new Clock(this, $('clock-tool'));
    this.troubles = new Troubles(this, $('trouble-tool'));
    this.guide = new Guide(this);
    this.wire = new Wire(this);
    this.apple = new AtApple(this);
    this.log = 'log' in $('inspector').dataset ? new Log(this) : null;
    this.panels = [
      { id: 'guide', words: 'Try this', sign: 'spark', part: this.guide },
      { id: 'wire', words: 'Wire', sign: 'wire', part: this.wire },
      { id: 'apple', words: 'Apple', sign: 'store', part: this.apple },
      ...(this.log ? [{ id: 'log', words: 'Log', sign: 'list', part: this.log }] : []),
    ];
    this.layout();
  }

  main() { return this.desks[0]; }
  hints() { return this.main().state?.hints || []; }
  name(id) { return this.people.get(id) || id; }

  // --- what stands where

  layout() {
    const split = $('split-tool');
    put(split, icon('columns'), h('span', { class: 'tool-words' }, 'Two people'));
    split.addEventListener('click', () => this.split());
    this.tabs = h('div', { class: 'inspector-tabs', role: 'tablist', 'aria-label': 'Panels' }, this.panels.map((p) => h('button', {
      type: 'button', class: 'tab', role: 'tab', id: 'tab-' + p.id, 'aria-controls': 'panel', data: { panel: p.id }, onclick: () => this.show(p.id),
    }, p.words)), h('button', { type: 'button', class: 'tool-button inspector-fold', 'aria-label': 'Hide the panels', onclick: () => this.fold(true) }, icon('close')));
    this.tabs.addEventListener('keydown', (e) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      if (!step) return;
      const i = this.panels.findIndex((p) => p.id === this.panel);
      this.show(this.panels[(i + step + this.panels.length) % this.panels.length].id);
      $('tab-' + this.panel).focus();
    });
    this.spot = h('div', { class: 'panel', id: 'panel', role: 'tabpanel' });
    this.unfold = h('button', { type: 'button', class: 'inspector-open', 'aria-label': 'Show the panels', title: 'Show the panels', onclick: () => this.fold(false) }, icon('back'));
    put($('inspector'), this.tabs, this.spot, this.unfold);
    put($('phone-tabs'), [{ id: '', words: 'Chat', sign: 'chat' }, ...this.panels].map((p) => h('button', { type: 'button', class: 'phone-tab', data: { panel: p.id }, onclick: () => this.phone(p.id) }, icon(p.sign), p.words)));
    put($('desks'), this.desks.map((d) => d.root));
    this.show('guide', '', true);
    this.phone('');
    this.chose = false; // nobody has yet said what a phone should show
    this.fold(innerWidth < 1120 && !narrow.matches);
    this.moved();
  }

  show(id, only, quiet) {
    this.panel = id;
    const p = this.panels.find((one) => one.id === id);
    for (const b of this.tabs.querySelectorAll('[role=tab]')) {
      b.setAttribute('aria-selected', String(b.dataset.panel === id));
      b.tabIndex = b.dataset.panel === id ? 0 : -1;
    }
    put(this.spot, p.part.root);
    this.spot.setAttribute('aria-labelledby', 'tab-' + id);
    if (!quiet) { this.fold(false); if (narrow.matches) this.phone(id, true); }
    if (only) this.wire.only(only);
    if (id === 'wire') this.wire.settle();
    this.refreshPanel();
    this.guide.update();
  }

  fold(on) { document.body.classList.toggle('folded-inspector', on); }

  phone(id, shown) {
    this.chose = true;
    document.body.classList.toggle('phone-panel', Boolean(id));
    for (const b of $('phone-tabs').children) b.setAttribute('aria-current', b.dataset.panel === id ? 'page' : 'false');
    if (id && !shown) this.show(id);
    if (!id) this.main().messages.toEnd();
  }

  // looked notes that what stands at Apple was seen after it had changed.
  looked() {
    const open = !document.body.classList.contains('folded-inspector') && (!narrow.matches || document.body.classList.contains('phone-panel'));
    if (open && (this.panel === 'apple' || this.panel === 'wire')) sessionStorage.setItem('looked', 'yes');
    return sessionStorage.getItem('looked') === 'yes';
  }

  split() {
    if (this.desks.length > 1) this.desks.pop().root.remove();
    else {
      const other = this.main().user === 'U0CY' ? 'U0ANA' : 'U0CY';
      const d = new Desk(this, other, 'C0APPROVE');
      this.desks.push(d);
      $('desks').append(d.root);
      if (innerWidth < 1500) this.fold(true);
      d.refresh().catch((e) => this.toast(e.message));
    }
    this.moved();
  }

  // moved writes down who and what is shown, so that a reload shows it again.
  moved() {
    $('split-tool').setAttribute('aria-pressed', String(this.desks.length > 1));
    document.body.classList.toggle('split', this.desks.length > 1);
    const words = new URLSearchParams();
    this.desks.forEach((d, i) => { words.set('as' + (i ? 2 : ''), d.user); words.set('in' + (i ? 2 : ''), d.place); });
    history.replaceState(null, '', '#' + words);
  }

  toast(words) {
    const t = h('p', { class: 'toast' }, words);
    $('toasts').append(t);
    setTimeout(() => t.remove(), 5000);
  }

  // --- what comes from the sandbox

  tick({ clock, troubles, aimed, everybody }) {
    setNow(clock.now);
    this.clock = clock;
    this.clockTool.draw();
    if (troubles) this.troubles.take(troubles, aimed || []);
    const first = everybody && !this.everybody.length;
    this.everybody = everybody || this.everybody;
    if (first) this.apple.refresh(); // which was drawn without knowing who is in Slack
    for (const p of everybody || []) this.people.set(p.id, p.real_name || p.name);
  }

  // morning moves the clock and goes where something is going to come.
  async morning(channel) {
    await this.clockTool.move({ morning: true });
    if (this.main().world.channel(channel)) this.main().go(channel);
  }

  event(e) {
    if (e.run && e.run !== this.run) return location.reload(); // the program was started again
    this.tick(e);
    const lines = (e.lines || []).filter((l) => l.n > this.last[l.source]);
    for (const l of lines) this.last[l.source] = Math.max(this.last[l.source], l.n);
    if (lines.length) {
      this.lines = [...this.lines, ...lines].slice(-2000);
      this.wire.take(lines);
      if (lines.some((l) => l.source === 'slack')) this.refreshSoon();
      if (this.panel !== 'wire') this.refreshPanel();
    }
    this.guide.update();
  }

  refreshSoon() {
    this.refreshing ??= setTimeout(() => {
      this.refreshing = null;
      for (const d of this.desks) d.refresh().catch((e) => this.toast(e.message));
    }, 20);
  }

  refreshPanel() {
    if (this.panel === 'apple') this.apple.refresh();
    if (this.panel === 'log') this.log.refresh();
  }

  async start() {
    await this.apple.refresh(); // what stands there before anything is asked for is not new
    await Promise.all(this.desks.map((d) => d.refresh().catch(() => d.become('U0ANA', 'C0IOS')))); // the address may name somebody who is not here
    const { run, lines, cursor } = await ask('wire');
    this.run = run;
    this.event({ lines, clock: this.main().state.clock });
    if (narrow.matches && !this.chose && !lines.some((l) => l.kind === 'envelope' && l.user)) this.phone('guide'); // who is new sees first what this is
    for (const d of this.desks) if (d.place === 'home') d.go('home');
    listen(cursor, (e) => this.event(e), (lost) => {
      $('lost').hidden = !lost;
      if (lost) $('lost').textContent = 'The sandbox does not answer. Trying again…';
      else if (this.wasLost) this.refreshSoon();
      this.wasLost = lost;
    });
    document.addEventListener('visibilitychange', () => this.desks.forEach((d) => d.redraw()));
  }
}

const page = new Page();
page.start().catch((e) => page.toast(e.message));
