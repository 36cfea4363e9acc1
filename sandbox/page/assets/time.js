// Times as a person in a zone reads them. "Now" is the sandbox's clock.

const clock = { offset: 0 };

// setNow takes the sandbox's time from an answer of the server.
export function setNow(iso) { clock.offset = new Date(iso).getTime() - Date.now(); }

export const now = () => new Date(Date.now() + clock.offset);

const formats = new Map();
function format(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat('en-US', { ...options, timeZone: zone }));
  return formats.get(key);
}

const say = (at, zone, options) => format(zone, options).format(at);

export const time = (at, zone) => say(at, zone, { hour: 'numeric', minute: '2-digit' });
export const timeSecs = (at, zone) => say(at, zone, { hour: 'numeric', minute: '2-digit', second: '2-digit' });
export const zoneName = (at, zone) => format(zone, { timeZoneName: 'short' }).formatToParts(at).find((p) => p.type === 'timeZoneName').value;
export const exact = (at, zone) =>
  say(at, zone, { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' }) + ' at ' + timeSecs(at, zone) + ' ' + zoneName(at, zone) + ' (' + zone + ')';
export const short = (at, zone) => say(at, zone, { weekday: 'short', month: 'short', day: 'numeric' });

// dayKey is the same for two moments of one day.
export const dayKey = (at, zone) => format(zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);

const day = 86400000;
function near(at, zone) {
  for (const [word, shift] of [['Today', 0], ['Yesterday', -day], ['Tomorrow', day]]) {
    if (dayKey(at, zone) === dayKey(new Date(now().getTime() + shift), zone)) return word;
  }
  return '';
}

function ordinal(n) {
  const tens = n % 100;
  if (tens >= 11 && tens <= 13) return n + 'th';
  return n + (['th', 'st', 'nd', 'rd'][n % 10] || 'th');
}

function parts(at, zone, options) {
  const out = {};
  for (const p of format(zone, options).formatToParts(at)) out[p.type] = p.value;
  return out;
}

// dayName is the label between the messages of two days.
export function dayName(at, zone) {
  const p = parts(at, zone, { weekday: 'long', month: 'long', day: 'numeric' });
  return near(at, zone) || `${p.weekday}, ${p.month} ${ordinal(Number(p.day))}`;
}

function ago(at) {
  const seconds = Math.round((now() - at) / 1000);
  const units = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];
  const [unit, size] = units.find(([, s]) => Math.abs(seconds) >= s) || units[3];
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(-Math.trunc(seconds / size), unit);
}

// slackDate fills the tokens of <!date^…> as Slack's clients do.
export function slackDate(unix, tokens, zone) {
  const at = new Date(unix * 1000);
  const p = parts(at, zone, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' });
  const long = () => `${p.month} ${ordinal(Number(p.day))}, ${p.year}`;
  const few = () => say(at, zone, { year: 'numeric', month: 'short', day: 'numeric' });
  const pretty = (other) => (near(at, zone) ? near(at, zone).toLowerCase() : other());
  const known = {
    date_num: () => format(zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(at).replace(/(\d+)\/(\d+)\/(\d+)/, '$3-$1-$2'),
    date: long, date_short: few, date_long: () => p.weekday + ', ' + long(),
    date_pretty: () => pretty(long), date_short_pretty: () => pretty(few), date_long_pretty: () => pretty(() => p.weekday + ', ' + long()),
    time: () => time(at, zone), time_secs: () => timeSecs(at, zone), ago: () => ago(at),
  };
  return tokens.replace(/\{(\w+)\}/g, (all, name) => (Object.hasOwn(known, name) ? known[name]() : all));
}

// span says how long something took.
export function span(ns) {
  const ms = ns / 1e6;
  if (ms < 1) return '<1 ms';
  return ms < 1000 ? Math.round(ms) + ' ms' : (ms / 1000).toFixed(1) + ' s';
}
