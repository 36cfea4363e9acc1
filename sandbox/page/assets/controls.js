// The clock, in the bar at the top.

import { h, icon, put } from './dom.js';
import { act } from './api.js';
import { popup } from './popup.js';
import { unix } from './elements.js';
import { now, time, short, zoneName, exact } from './time.js';

function shown(zone) {
  const at = now();
  return `${short(at, zone)}, ${time(at, zone)} ${zoneName(at, zone)}`;
}

export class Clock {
  constructor(page, button) {
    Object.assign(this, { page, button });
    button.addEventListener('click', () => this.open());
    setInterval(() => this.draw(), 1000);
  }

  draw() {
    const { zone, offset } = this.page.clock;
    if (!zone) return;
    const at = now();
    const words = shown(zone);
    if (words === this.words && offset === this.offset) return;
    Object.assign(this, { words, offset });
    put(this.button, icon('clock'), h('span', { class: 'tool-words' }, words), offset > 60 && h('span', { class: 'tool-mark' }, 'moved'));
    this.button.title = exact(at, zone);
    this.button.setAttribute('aria-label', 'The sandbox\'s clock shows ' + words + '. Move it');
  }

  open() {
    const { zone } = this.page.clock;
    const later = new Date(now().getTime() + 86400000);
    const field = h('input', { type: 'datetime-local', class: 'field', id: 'clock-to', 'aria-describedby': 'clock-zone' });
    const go = (what) => async () => { close(); this.button.focus(); await this.move(what()); };
    const content = h('div', { class: 'popover', role: 'dialog', 'aria-label': 'Clock' },
      h('h2', { class: 'panel-title' }, 'The sandbox’s clock'),
      h('p', { class: 'panel-about' }, 'It only goes forward. What is due in between happens.'),
      h('div', { class: 'popover-row' },
        h('button', { type: 'button', class: 'button', onclick: go(() => ({ minutes: 60 })) }, '+1 hour'),
        h('button', { type: 'button', class: 'button button-primary', onclick: go(() => ({ morning: true })) }, 'Tomorrow 9:00')),
      h('label', { class: 'input-label', for: 'clock-to' }, 'Or choose a moment'),
      h('div', { class: 'popover-row' }, field, h('button', { type: 'button', class: 'button', onclick: go(() => (field.value ? { to: new Date(unix(field.value, zone) * 1000).toISOString() } : {})) }, 'Go there')),
      h('p', { class: 'input-hint', id: 'clock-zone' }, 'Time zone: ' + zone + ' (' + zoneName(later, zone) + ')'));
    const close = popup(this.button, content);
    content.querySelector('button')?.focus();
  }

  async move(what) {
    try {
      this.page.tick({ clock: await act('clock', what) });
      this.page.toast('It is now ' + shown(this.page.clock.zone) + '.');
    } catch (e) { this.page.toast(e.message); }
  }
}
