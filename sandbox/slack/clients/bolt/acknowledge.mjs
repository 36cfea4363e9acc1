// Bolt acknowledging and doing nothing else: what the benchmark of the bot's acknowledgements compares with
// (go test -run '^$' -bench Acknowledge ./bot). It ends with its standard input.
import { App, LogLevel } from '@slack/bolt';

const app = new App({
  token: 'xoxb-bench', appToken: 'xapp-bench', socketMode: true, logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl: `${process.env.ASCBOT_BENCH_URL}/api/` },
});
app.command('/asc', async ({ ack }) => { await ack(); });
app.action('approve', async ({ ack }) => { await ack(); });
process.stdin.on('end', () => process.exit(0)).resume();
await app.start();
