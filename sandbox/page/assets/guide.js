// "Try this": four steps that show what the product is for. Each ticks itself
// off when it has happened, whoever did it and however.

import { h, icon, put } from './dom.js';

// agreed finds an approval by somebody else than who asked last before it.
function agreed(lines) {
  let asker = '';
  return lines.some((l) => {
    if (l.kind !== 'envelope') return false;
    if (/^\/asc\s+(invite|tester)/i.test(l.what || '')) asker = l.user;
    return /^pressed \[(approve|agree)\b/i.test(l.what || '') && l.user !== asker;
  });
}

export class Guide {
  // page has main() (the first desk), show(panel), morning(), lines (the wire)
  // and clock; store keeps what cannot be seen on the wire.
  constructor(page) {
    this.page = page;
    this.root = h('div', { class: 'guide' });
    this.steps = [
      {
        title: 'Ask for something', about: ['Type ', h('code', {}, '/asc invite'), ' in a channel and fill in the form. Whom you invite is up to you: nobody gets mail.'],
        button: 'Put it in the composer', on: () => page.main().type('/asc invite'),
        done: () => page.lines.some((l) => l.kind === 'envelope' && /^\/asc\s+invite/i.test(l.what || '')),
      },
      {
        title: 'Agree as somebody else', about: 'Nobody may approve their own request. Act as Cy, a workspace admin, and press Approve on the card.',
        button: 'Act as Cy', on: () => page.main().become('U0CY', 'C0APPROVE'),
        done: () => agreed(page.lines),
      },
      {
        title: 'See what Apple was asked', about: 'The invitation now stands at the stand-in for App Store Connect, and the wire shows the very calls.',
        stays: true, button: 'Look at App Store Connect', on: () => page.show('apple'),
        done: () => page.lines.some((l) => l.kind === 'apple' && !l.name.startsWith('GET') && l.status < 300 && l.status > 0) && page.looked(),
      },
      {
        title: 'Let tomorrow come', about: 'At 9:00 in California the sales digest of the day before comes to #sales.',
        button: 'Move the clock to 9:00', on: () => page.morning('C0SALES'),
        done: () => page.clock.offset > 0,
      },
    ];
    this.look = '';
  }

  update() {
    const done = this.steps.map((s) => s.done());
    const look = done.join();
    if (look === this.look) return;
    this.look = look;
    const next = done.indexOf(false);
    put(this.root, h('h2', { class: 'panel-title' }, next < 0 ? 'You have seen the whole line' : 'Try this'),
      h('p', { class: 'panel-about' }, next < 0 ? 'Now make trouble with the switches above, or act as a guest and see what is refused.' : 'A bot that changes things at App Store Connect only when two people agree. Four steps show how.'),
      h('ol', { class: 'steps' }, this.steps.map((s, i) => h('li', { class: 'step' + (done[i] ? ' step-done' : '') + (i === next ? ' step-next' : '') },
        h('span', { class: 'step-mark', 'aria-hidden': 'true' }, done[i] ? icon('check') : i + 1),
        h('div', {}, h('h3', {}, s.title, done[i] && h('span', { class: 'sr' }, ' (done)')), h('p', {}, s.about),
          !done[i] && h('button', { type: 'button', class: 'button' + (i === next ? ' button-primary' : ''), onclick: () => { if (!s.stays) this.page.phone(''); s.on(); } }, s.button))))));
  }
}
