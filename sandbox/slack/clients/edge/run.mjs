// Runs slack-edge, a framework that shares no code with Slack's own libraries, against the stand-in for Slack:
//
//   npm ci --no-audit --no-fund && node run.mjs <ascbot binary>
//
// It sends every call as a form, acknowledges with bare text, and uploads raw bytes.
import { WebSocket } from 'ws';
import { start, until, check, same, holds, end } from '../bolt/workspace.mjs';

globalThis.WebSocket ??= WebSocket; // Node has it from version 22 on

const binary = process.argv[2] ?? process.env.ASCBOT;
if (!binary) {
  console.error('say where ascbot is: node run.mjs <binary>');
  process.exit(2);
}
const { handles, people, stop } = await start(binary);

// The framework knows one address of Slack; what goes there goes to the stand-in.
const plainFetch = globalThis.fetch;
globalThis.fetch = (what, how) => {
  const real = 'https://slack.com/api/';
  if (what instanceof Request && what.url.startsWith(real)) return plainFetch(new Request(what.url.replace(real, handles.slack_api_url), what));
  return plainFetch(what, how);
};
const { SlackAPIClient, SlackApp } = await import('slack-edge');

const plain = (text) => ({ type: 'plain_text', text });
const warn = console.warn;
console.warn = () => {}; // that its Socket Mode is an experiment
const app = new SlackApp({
  socketMode: true,
  env: { SLACK_BOT_TOKEN: handles.slack_bot_token, SLACK_APP_TOKEN: handles.slack_app_token, SLACK_SIGNING_SECRET: 'none', SLACK_LOGGING_LEVEL: 'ERROR' },
});
const pressed = [];
app.command('/asc', async ({ payload }) => `You said ${payload.text}`, async ({ context, payload }) => {
  if (payload.text !== 'form') {
    await context.respond({ text: 'and more later' });
    return;
  }
  await context.client.views.open({
    trigger_id: payload.trigger_id,
    view: { type: 'modal', callback_id: 'form', title: plain('Form'), submit: plain('Send'), blocks: [{ type: 'input', block_id: 'name', label: plain('Name'), element: { type: 'plain_text_input', action_id: 'value' } }] },
  });
});
app.view('form', async ({ payload }) => (
  payload.view.state.values.name.value.value === 'nobody' ? { response_action: 'errors', errors: { name: 'Nobody has that name.' } } : { response_action: 'clear' }
), async () => {});
app.action('go', async () => {}, async ({ context, payload }) => {
  await context.respond({ text: 'It went.', replace_original: false });
  pressed.push(payload.actions[0].value);
});
app.event('app_home_opened', async ({ context, payload }) => {
  await context.client.views.publish({ user_id: payload.user, view: { type: 'home', blocks: [{ type: 'section', text: plain('Welcome') }] } });
});
await app.connect();
console.warn = warn;
await until('the connection', async () => (await people.wire()).some((l) => / opened;/.test(l.what)));

const ana = 'U0ANA';
const fine = (r) => holds(`${r.code ?? ''} ${r.error ?? ''} ${JSON.stringify(r.errors ?? {})}`.trim(), !r.code && !r.error && !r.errors);
const says = (text) => until(text, async () => (await people.messages(ana, 'C0IOS')).some((m) => m.text === text));
const web = new SlackAPIClient(handles.slack_bot_token, { baseUrl: handles.slack_api_url });

await check('slack-edge: a command is answered at once and later', async () => {
  fine(await people.type(ana, '#ios', '/asc hello'));
  await says('You said hello');
  await says('and more later');
});

await check('slack-edge: a form checks a field and closes', async () => {
  fine(await people.type(ana, '#ios', '/asc form'));
  const view = await until('the form', async () => (await people.look(ana)).views.at(-1));
  const refused = await people.submit(ana, view.id, { name: { value: { value: 'nobody' } } });
  same('the error at the field', refused.errors?.name, 'Nobody has that name.');
  fine(await people.submit(ana, view.id, { name: { value: { value: 'Ana' } } }));
  same('forms left', (await people.look(ana)).views.length, 0);
});

await check('slack-edge: a button', async () => {
  const card = await web.chat.postMessage({ channel: 'C0IOS', text: 'A card', blocks: [{ type: 'actions', elements: [{ type: 'button', action_id: 'go', text: plain('Go'), value: '7' }] }] });
  fine(await people.press({ user: ana, channel: 'C0IOS', ts: card.ts, action_id: 'go' }));
  await until('the click', () => pressed.includes('7'));
  await says('It went.');
});

await check('slack-edge: the Home', async () => {
  await people.openHome(ana);
  await until('the Home', async () => (await people.look(ana)).home?.plain === 'Welcome');
});

await check('slack-edge: a file, and reads', async () => {
  const { files } = await web.files.uploadV2({ channel_id: 'C0IOS', filename: 'a.txt', content: 'héllo', title: 'A word' });
  same('its title', files[0].title, 'A word');
  const { members } = await web.users.list({ limit: 3 });
  same('people on a page', members.length, 3);
  const { channel } = await web.conversations.open({ users: ana });
  same('the direct message', channel.id, 'D0ANA');
  await web.auth.test();
});

await app.disconnect();
await stop();
process.exit(end());
