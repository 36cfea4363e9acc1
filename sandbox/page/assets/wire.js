// The wire: what goes between Slack, the app and App Store Connect, live.

import { h, icon, put } from './dom.js';
import { ask } from './api.js';
import { accepting, following, handling, leaving, testing, uploading } from './outside.js';
import { timeSecs, exact, span } from './time.js';

// groups are the kinds of lines one can show or hide.
const groups = [
  { id: 'envelope', words: 'Envelopes', kinds: ['envelope', 'ack'], on: true },
  { id: 'api', words: 'Web API', kinds: ['api', 'response_url'], on: true },
  { id: 'apple', words: 'Apple', kinds: ['apple'], on: true },
  { id: 'log', words: 'Log', kinds: ['log'], on: true },
  { id: 'socket', words: 'Connections', kinds: ['socket'], on: false },
  { id: 'seen', words: 'What people see', kinds: ['message', 'edit', 'delete', 'ephemeral', 'view', 'home'], on: false },
];
const always = ['error'];

// signs say which way something went.
const signs = {
  envelope: ['↓', 'Slack to the app'], ack: ['↑', 'the app to Slack'], api: ['↑', 'the app to Slack'], response_url: ['↑', 'the app to Slack'],
  apple: ['→', 'the app to Apple'], log: ['≡', 'recorded'], socket: ['⇅', 'connection'], error: ['!', 'trouble'],
};
const names = { ack: 'acknowledged', response_url: 'response URL', view: 'modal', home: 'App Home', ephemeral: 'only one sees' };

const most = 600; // lines kept on the page

export class Wire {
  constructor(page) {
    this.page = page;
    this.rows = [];
    this.list = h('ol', { class: 'wire-list' });
    this.scroll = h('div', { class: 'wire-scroll', tabindex: '0', role: 'log', 'aria-live': 'off', 'aria-label': 'What goes over the wire' }, this.list);
    this.field = h('input', { type: 'search', class: 'field wire-find', placeholder: 'Filter', 'aria-label': 'Filter the lines', autocomplete: 'off' });
    this.field.addEventListener('input', () => this.filter());
    this.chips = groups.map((g) => h('button', { type: 'button', class: 'pill', 'aria-pressed': String(g.on), onclick: (e) => {
      g.on = !g.on;
      e.currentTarget.setAttribute('aria-pressed', String(g.on));
      this.filter();
    } }, g.words));
    this.none = h('p', { class: 'panel-none' }, 'Nothing yet. Type a command, and see it travel.');
    this.root = h('div', { class: 'wire' },
      h('div', { class: 'wire-head' }, h('h2', { class: 'panel-title' }, 'On the wire'), this.field),
      h('div', { class: 'pills', role: 'group', 'aria-label': 'Kinds of lines' }, this.chips), this.none, this.scroll);
    this.atEnd = true;
    this.scroll.addEventListener('scroll', () => { this.atEnd = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 30; });
  }

  only(id) {
    groups.forEach((g, i) => { g.on = g.id === id; this.chips[i].setAttribute('aria-pressed', String(g.on)); });
    this.filter();
  }

  take(lines) {
    for (const line of lines) {
      const row = this.row(line);
      this.rows.push({ line, row });
      this.list.append(row);
      this.judge(this.rows.at(-1));
    }
    for (const old of this.rows.splice(0, Math.max(0, this.rows.length - most))) old.row.remove();
    this.settle();
  }

  filter() {
    this.rows.forEach((r) => this.judge(r));
    this.settle();
  }

  judge({ line, row }) {
    const group = groups.find((g) => g.kinds.includes(line.kind));
    const q = this.field.value.trim().toLowerCase();
    const text = [line.name, line.team, line.what, line.bad, line.kind, this.who(line), ...(line.why || [])].join(' ').toLowerCase();
    row.hidden = !((group ? group.on : always.includes(line.kind)) && (!q || text.includes(q)));
  }

  settle() {
    this.none.hidden = this.rows.some((r) => !r.row.hidden);
    if (this.atEnd) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  who(line) { return line.user ? this.page.name(line.user) : ''; }

  row(line) {
    const [sign, way] = signs[line.kind] || ['·', 'seen by people'];
    const at = new Date(line.at);
    const zone = this.page.clock.zone;
    const [name, query] = line.kind === 'ack' || !line.name ? [names[line.kind] || line.kind] : line.kind === 'apple' ? line.name.split('?') : [line.name];
    const head = [
      h('span', { class: 'wire-sign', role: 'img', 'aria-label': way, title: way }, sign),
      h('span', { class: 'wire-name' }, breaking(name)),
      line.took > 0 && h('span', { class: 'wire-took' }, span(line.took)),
      line.status > 0 && !line.bad && h('span', { class: 'wire-took' }, line.status),
      line.bad && h('span', { class: 'wire-bad' }, line.bad),
      h('time', { class: 'wire-time', datetime: line.at, title: exact(at, zone) }, timeSecs(at, zone).replace(/ [AP]M/, '')),
    ];
    const what = [this.who(line), line.what !== line.name && line.what].filter(Boolean).join(' · ');
    const why = line.why?.length > 0 && h('ul', { class: 'wire-why' }, line.why.map((w) => h('li', {}, w)));
    const words = (what || line.team) && h('span', { class: 'wire-what' }, line.team && [h('span', { class: 'tag' }, line.team), ' '], what.length > 300 ? what.slice(0, 299) + '…' : what);
    const kind = 'wire-row wire-' + line.kind + (line.bad ? ' wire-is-bad' : '');
    const asked = query && h('span', { class: 'wire-query', title: query }, '?' + query);
    if (!line.more) return h('li', { class: kind }, h('div', { class: 'wire-line' }, head, asked, words, why));
    const body = h('pre', { class: 'wire-body' });
    const details = h('details', {}, h('summary', { class: 'wire-line' }, head, asked, words, why), body);
    details.addEventListener('toggle', () => { if (details.open && !body.textContent) this.unfold(line, body); });
    return h('li', { class: kind }, details);
  }

  async unfold(line, body) {
    put(body, 'Loading…');
    try {
      const entry = await ask(`wire/${line.source}/${line.n}`);
      put(body, pretty({ slack: entry.raw, apple: entry.request, orchard: entry.request, log: entry.detail }[line.source]));
    } catch (e) { put(body, e.message); }
  }
}

// breaking lets a path go on in the next line where one part of it ends.
const breaking = (name) => name.split(/(?=\/)/).flatMap((part, i) => (i ? [h('wbr'), part] : [part]));

// pretty shows JSON with line breaks, also where it is kept as text.
function pretty(x) {
  if (typeof x === 'string') { try { x = JSON.parse(x); } catch { return x; } }
  return JSON.stringify(x, null, 2);
}

// AtApple lists what stands at App Store Connect now.
export class AtApple {
  constructor(page) {
    this.page = page;
    this.known = null;
    this.root = h('div', { class: 'atapple' }, h('p', { class: 'panel-none' }, 'Loading…'));
  }

  async refresh() {
    const mine = (this.asked = (this.asked || 0) + 1);
    const all = await ask('apple').catch(() => null);
    if (!all || mine !== this.asked) return;
    const fresh = new Set(Object.values(all).flat().map((r) => r.type + r.id));
    this.isNew = this.known ? (r) => !this.known.has(r.type + r.id) : () => false;
    this.known ??= fresh;
    this.draw(all);
  }

  draw(all) {
    const apps = new Map((all.apps || []).map((a) => [a.id, a.attributes.name]));
    const writes = this.page.lines.filter((l) => l.kind === 'apple' && !l.name.startsWith('GET')).slice(-4).reverse();
    const scrolled = this.root.scrollTop;
    put(this.root, h('h2', { class: 'panel-title' }, 'At App Store Connect'),
      h('p', { class: 'panel-about' }, 'What stands at the stand-in for Apple now. ', h('button', { type: 'button', class: 'link-button', onclick: () => this.page.show('wire', 'apple') }, 'All calls')),
      writes.length > 0 && this.part('Changes asked for', writes, (l) => [h('code', { class: 'apple-call' }, l.name), l.team && h('span', { class: 'tag' }, l.team), l.what, l.bad && h('span', { class: 'wire-bad' }, l.bad), h('span', { class: 'apple-note' }, timeSecs(new Date(l.at), this.page.clock.zone))]),
      this.part('Open invitations', all.userInvitations, (r) => [this.member(r, apps), accepting(this.page, r.attributes.email, r.team)]),
      this.part('Users', all.users, (r) => [this.member(r, apps), leaving(this.page, r.attributes.username)]),
      this.part('Apps', all.apps, (r) => [h('strong', {}, r.attributes.name), h('span', { class: 'apple-note' }, r.attributes.bundleId), uploading(this.page, r.id, r.attributes.name)]),
      this.part('Builds', (all.builds || []).filter((b) => !b.attributes.expired), (r) => this.build(r, apps, all)),
      this.part('TestFlight groups', all.betaGroups, (r) => this.group(r, apps, all)),
      this.part('Testers with a mail', (all.betaTesters || []).filter((t) => ['INVITED', 'ACCEPTED'].includes(t.attributes.state)), (r) => [this.member(r, apps), h('span', { class: 'apple-note' }, [apps.get(r.relationships?.apps?.[0]), words(r.attributes.state)].join(' · ')), testing(this.page, r.attributes.email, r.relationships?.apps?.[0], r.attributes.state)]));
    this.root.scrollTop = scrolled;
  }

  part(title, list, draw) {
    return h('section', { class: 'apple-part' }, h('h3', {}, title, h('span', { class: 'count' }, (list || []).length)),
      list?.length ? h('ul', {}, list.map((r) => h('li', { class: r.id && this.isNew(r) ? 'apple-new' : null }, r.team && h('span', { class: 'tag' }, r.team), r.team && ' ', draw(r), r.id && this.isNew(r) && h('span', { class: 'tag tag-new' }, 'New')))) : h('p', { class: 'apple-note' }, 'None'));
  }

  member(r, apps) {
    const a = r.attributes;
    const visible = a.allAppsVisible ? 'all apps' : (r.relationships?.visibleApps || []).map((id) => apps.get(id) || id).join(', ');
    return [h('strong', {}, [a.firstName, a.lastName].filter(Boolean).join(' ')), ' ', h('span', { class: 'apple-mail' }, a.username || a.email),
      h('span', { class: 'apple-note' }, [(a.roles || []).map(words).join(', '), visible].filter(Boolean).join(' · '))];
  }

  build(r, apps, all) {
    const of = (kind, rel) => (all[kind] || []).find((x) => x.id === r.relationships?.[rel]?.[0])?.attributes || {};
    const detail = of('buildBetaDetails', 'buildBetaDetail');
    const { version, processingState } = r.attributes;
    const stands = processingState === 'VALID' ? ['team: ' + words(detail.internalBuildState || ''), 'others: ' + words(detail.externalBuildState || '')] : [words(processingState)];
    return [h('strong', {}, [apps.get(r.relationships?.app?.[0]), of('preReleaseVersions', 'preReleaseVersion').version, '(' + version + ')'].filter(Boolean).join(' ')),
      h('span', { class: 'apple-note' }, stands.join(' · ')), handling(this.page, r.id, processingState, detail.externalBuildState)];
  }

  group(r, apps, all) {
    const app = apps.get((r.relationships?.app || [])[0]);
    const inGroup = r.relationships?.betaTesters?.length ?? (all.betaTesters || []).filter((t) => (t.relationships?.betaGroups || []).includes(r.id)).length;
    return [h('strong', {}, (app ? app + ' / ' : '') + r.attributes.name), h('span', { class: 'apple-note' },
      [inGroup + (inGroup === 1 ? ' tester' : ' testers'), r.attributes.isInternalGroup ? 'internal' : 'external', r.attributes.publicLinkEnabled && 'public link'].filter(Boolean).join(' · ')), r.attributes.publicLinkEnabled && following(this.page, r.id)];
  }
}

const words = (s) => s.toLowerCase().replace(/_/g, ' ').replace(/^./, (c) => c.toUpperCase());

// Log shows the bot's audit records, where the program has any.
export class Log {
  constructor(page) {
    this.page = page;
    this.list = h('ol', { class: 'log-list' });
    this.root = h('div', { class: 'logs' }, h('h2', { class: 'panel-title' }, 'Audit log'),
      h('p', { class: 'panel-about' }, 'Every step of every request, in a log whose past cannot be changed unseen.'), this.list);
  }

  async refresh() {
    const lines = await ask('log').catch(() => null);
    const look = JSON.stringify(lines);
    if (!lines || look === this.look) return;
    this.look = look;
    put(this.list, lines.length ? lines.map((l) => this.row(l)) : h('li', { class: 'panel-none' }, 'Nothing is recorded yet.'));
    this.root.scrollTop = this.root.scrollHeight;
  }

  row(l) {
    const at = new Date(l.at);
    const { zone } = this.page.clock;
    return h('li', {}, h('span', { class: 'log-n' }, l.n), h('span', { class: 'log-kind log-' + l.kind }, l.kind), h('span', { class: 'log-by' }, l.by || ''),
      h('time', { class: 'wire-time', datetime: l.at, title: exact(at, zone) }, timeSecs(at, zone).replace(/ [AP]M/, '')), l.what && h('p', { class: 'log-what' }, l.what));
  }
}
