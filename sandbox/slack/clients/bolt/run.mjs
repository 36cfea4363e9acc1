// Runs Slack's own JavaScript libraries against the stand-in for Slack:
//
//   npm ci --no-audit --no-fund && node run.mjs <ascbot binary>
//
// First Bolt with a small app, used by people; then the Web API and Socket Mode libraries alone. Every
// thing that should happen and does not is named, and the exit code is 1.
import { start, until, check, same, holds, end } from './workspace.mjs';
import { startApp } from './app.mjs';
import { alone } from './alone.mjs';

const binary = process.argv[2] ?? process.env.ASCBOT;
if (!binary) {
  console.error('say where ascbot is: node run.mjs <binary>');
  process.exit(2);
}

const { handles, people, stop } = await start(binary);
const ana = 'U0ANA';
const ios = 'C0IOS';
const fine = (r) => holds(`${r.code ?? ''} ${r.error ?? ''} ${JSON.stringify(r.errors ?? {})}`.trim(), !r.code && !r.error && !r.errors);
const top = async () => (await people.look(ana)).views.at(-1);
const newest = async (channel, is) => until('a message', async () => (await people.messages(ana, channel)).findLast(is));

const app = await startApp(handles);

await check('a command is answered in its acknowledgement', async () => {
  fine(await people.type(ana, '#ios', '/asc echo hello @ben'));
  const answer = await newest(ios, (m) => m.text.startsWith('You said'));
  same('the answer', answer.text, 'You said echo hello <@U0BEN|ben>');
  same('only ana sees it', answer.ephemeral, true);
});

await check('a command nobody acknowledges times out', async () => {
  const r = await people.type(ana, '#ios', '/asc silent');
  same('what ana sees', r.error, '/asc failed with the error "operation_timeout"');
});

await check('a form checks a field, is filled in by typing, and goes on to a second one', async () => {
  fine(await people.type(ana, '#ios', '/asc form'));
  const view = await until('the form', top);
  same('its title', view.title, 'Invite');
  const where = { user: ana, view: view.id, block_id: 'app', action_id: 'pick' };
  const few = await people.suggest({ ...where, query: 'h' });
  same('options for one letter', few.options?.length ?? 0, 0);
  const some = await people.suggest({ ...where, query: 'halo' });
  same('options', some.options.map((o) => o.value).join(), 'Halo,Halo Mini');
  const values = (email) => ({ email: { value: { value: email } }, app: { pick: { selected: ['Halo'] } } });
  const refused = await people.submit(ana, view.id, values('nobody@example.com'));
  same('the error at the field', refused.errors?.email, 'Nobody has that address.');
  fine(await people.submit(ana, view.id, values('bo@example.com')));
  const second = await top();
  same('the second form', second.title, 'Sure?');
  same('what it says', second.plain, 'Invite bo@example.com to Halo');
  fine(await people.submit(ana, second.id, {}));
  same('forms left', (await people.look(ana)).views.length, 0);
  await newest('D0ANA', (m) => m.text === 'Invited bo@example.com to Halo');
});

await check('closing a form tells the app', async () => {
  fine(await people.type(ana, '#ios', '/asc form'));
  const view = await until('the form', top);
  await people.dismiss(ana, view.id);
  await until('the news', () => app.seen.closed.length === 1);
  same('is_cleared', app.seen.closed[0], false);
});

await check('a button changes its message and answers through its response URL', async () => {
  fine(await people.type(ana, '#ios', '/asc card'));
  const card = await newest(ios, (m) => m.text === 'A request');
  same('its metadata', card.metadata?.event_payload?.id, '42');
  fine(await people.press({ user: 'U0CY', channel: ios, ts: card.ts, action_id: 'approve' }));
  await until('the change', async () => (await people.messages(ana, ios)).some((m) => m.ts === card.ts && m.text === 'Approved 42' && m.edited));
  await until('the answer', async () => (await people.messages('U0CY', ios)).some((m) => m.text === 'You approved 42' && m.ephemeral));
  holds('ana sees what was meant for cy', !(await people.messages(ana, ios)).some((m) => m.text === 'You approved 42'));
});

await check('the Home is published when it is opened, and again by its button', async () => {
  await people.openHome(ana);
  const shown = await until('the Home', async () => (await people.look(ana)).home);
  same('what it says', shown.plain, 'What waits for you\nNothing, @Ana Reyes [Look again]');
  fine(await people.press({ user: ana, view: shown.id, action_id: 'refresh' }));
  await until('the new Home', async () => (await people.look(ana)).home.plain === 'Still nothing');
});

await check('who mentions the app is answered in a thread', async () => {
  const { ts } = await people.say(ana, '#ios', '@asc are you there?');
  const answer = await newest(ios, (m) => m.text.startsWith('You called'));
  same('the thread', answer.thread_ts, ts);
});

await check('a file is uploaded in three steps and stands in the channel', async () => {
  fine(await people.type(ana, '#ios', '/asc file'));
  const m = await newest(ios, (one) => one.files?.length > 0);
  same('its title', m.files[0].title, 'Units');
  same('its alternative text', m.files[0].alt_text, 'Units are up');
  same('what is said with it', m.text, 'This week');
  same('its size', m.files[0].size, 70);
  await until('the answer to the app', () => app.seen.uploads.length === 1);
});

await check('an acknowledgement of more than 20 kB costs the connection and is never seen', async () => {
  const r = await people.type(ana, '#ios', '/asc big');
  same('what ana sees', r.error, '/asc failed with the error "operation_timeout"');
  holds('the text arrived', !(await people.messages(ana, ios)).some((m) => m.text.startsWith('xxx')));
  await working('after that');
});

// working waits until a command is answered again.
async function working(when) {
  await until(`a command that works ${when}`, async () => !(await people.type(ana, '#ios', `/asc echo ${when}`)).code, 30);
}

for (const [trouble, words] of [['slack-refresh', 'was told to go'], ['slack-cut', 'was cut off'], ['slack-silent', 'fell silent']]) {
  await check(`the app connects again after its connection ${words}`, async () => {
    await working('before');
    const opened = async () => Math.max(0, ...(await people.wire()).filter((l) => / opened;/.test(l.what)).map((l) => l.conn));
    const before = await opened();
    await people.trouble(trouble);
    await until('a new connection', async () => (await opened()) > before, 30);
    await working('again');
  });
}

await check('Bolt had no complaint', async () => same('its errors', app.seen.errors.join('; '), ''));
await app.stop();

await alone(handles, people);
await stop();
process.exit(end());
