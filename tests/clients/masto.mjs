// masto.js led through a member's day. One line of JSON out for each thing asked of the test, one line in as its answer.
import { createInterface } from "node:readline/promises";
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from "masto";

const { url, chapter } = JSON.parse(process.argv[2]);
const REDIRECT = "urn:ietf:wg:oauth:2.0:oob";
const SCOPES = "read write follow push";
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

function tell(what) {
  process.stdout.write(JSON.stringify(what) + "\n");
}

async function ask(what) {
  tell(what);
  return JSON.parse((await lines.next()).value);
}

function must(holds, what) {
  if (!holds) throw new Error(what);
}

// Every request with its answer is handed to the test, which counts and compares.
const plain = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const body = request.headers.get("content-type")?.includes("json") ? await request.clone().text() : "";
  const answer = await plain(request);
  const content = await answer.clone().text();
  tell({ did: "request", method: request.method, url: request.url, body, status: answer.status, content });
  return answer;
};

async function logIn() {
  const open = createRestAPIClient({ url });
  const app = await open.v1.apps.create({ clientName: "masto.js", redirectUris: REDIRECT, scopes: SCOPES });
  const query = new URLSearchParams({
    client_id: app.clientId, redirect_uri: REDIRECT, response_type: "code", scope: SCOPES,
  });
  const code = await ask({ do: "allow", url: `${url}/oauth/authorize?${query}` });
  const token = await createOAuthAPIClient({ url }).token.create({
    clientId: app.clientId, clientSecret: app.clientSecret, redirectUri: REDIRECT, grantType: "authorization_code",
    code, scope: SCOPES,
  });
  return { app, token: token.accessToken };
}

async function homeGroupAndThread(masto) {
  const home = await masto.v1.timelines.home.list({ limit: 20 });
  must(home.every((each) => each.reblog.account && each.account.group), "home: threads of the group");
  const group = await masto.v1.accounts.lookup({ acct: "paint_shops" });
  must(group.group && group.note.includes("Owners of paint shops"), "the group is an account");
  const shown = await masto.v1.accounts.$select(group.id).statuses.list({ excludeReplies: true });
  must(shown.length === 2, "the timeline of the group has its threads");
  const thread = shown.find((each) => each.reblog.content.includes("<strong>Which primer")).reblog;
  const { ancestors, descendants } = await masto.v1.statuses.$select(thread.id).context.fetch();
  must(ancestors.length === 0 && descendants.length === 3, "a thread has its replies");
  const pages = [];
  for await (const page of masto.v1.timelines.home.list({ limit: 1 })) pages.push(page);
  must(pages.flat().length === 2, "home by pages of one ends");
  return { group, thread, poll: home.find((each) => each.reblog.poll).reblog.poll };
}

async function write(masto, group, picture) {
  const file = new Blob([Buffer.from(picture, "base64")], { type: "image/png" });
  const media = await masto.v2.media.create({ file, description: "A red oven" });
  must(media.url && media.description === "A red oven", "the picture is ready");
  const made = await masto.v1.statuses.create({
    status: `@${group.acct} Our new oven\n\nIt came on Monday.`,
    mediaIds: [media.id],
    poll: { options: ["Too hot", "Just right"], expiresIn: 3600 },
  });
  must(made.mediaAttachments.length === 1 && made.poll.options.length === 2, "picture and poll in one post");
  must(made.content.startsWith("<p><strong>Our new oven</strong></p>"), "the first line is the title");
  const source = await masto.v1.statuses.$select(made.id).source.fetch();
  must(source.text === "Our new oven\n\nIt came on Monday.", "the source can be edited");
  const edited = await masto.v1.statuses.$select(made.id).update({
    status: source.text.replace("Monday", "Tuesday"), mediaIds: [media.id],
    poll: { options: ["Too hot", "Just right"], expiresIn: 3600 },
  });
  must(edited.editedAt && edited.content.includes("Tuesday") && edited.mediaAttachments.length === 1, "edited");
  return edited;
}

async function react(masto, thread, poll) {
  const boosted = await masto.v1.statuses.$select(thread.id).reblog();
  must(boosted.reblog.reblogged, "boosted");
  const voted = await masto.v1.polls.$select(poll.id).votes.create({ choices: [1] });
  must(voted.voted && voted.ownVotes[0] === 1 && voted.votesCount === 1, "voted");
}

async function followElsewhere(masto) {
  const { accounts } = await masto.v2.search.list({ q: `@north@${chapter}`, resolve: true });
  must(accounts.length === 1 && accounts[0].group, "a group of another server is found");
  const asked = await masto.v1.accounts.$select(accounts[0].id).follow();
  must(asked.requested || asked.following, "asked to follow");
  await ask({ do: "wait until following" });
  const [now] = await masto.v1.accounts.relationships.fetch({ id: [accounts[0].id] });
  must(now.following, "follows");
}

async function lists(masto, group, thread) {
  const found = await masto.v1.lists.list();
  must(found.map((each) => each.title).join() === "Group: North,Group: Paint shops", "a list for each group");
  const shown = await masto.v1.timelines.list.$select(group.id).list();
  must(shown.some((each) => each.id === thread.id && !each.reblog), "the list of a group shows its threads bare");
}

async function live(masto, token) {
  const { configuration } = await masto.v2.instance.fetch();
  const streaming = createStreamingAPIClient({ streamingApiUrl: configuration.urls.streaming, accessToken: token });
  let heard = false;
  const listening = (async () => {
    for await (const event of streaming.user.subscribe()) {
      heard = event.event === "update" && event.payload.reblog?.content.includes("Fresh from the press");
      if (heard) return;
    }
  })();
  // Nothing tells when the server has begun to listen, so there is news until some is heard.
  while (!heard) {
    await ask({ do: "write" });
    await Promise.race([listening, new Promise((later) => setTimeout(later, 1000))]);
  }
  streaming.close();
}

const { app, token } = await logIn();
const masto = createRestAPIClient({ url, accessToken: token });
const me = await masto.v1.accounts.verifyCredentials();
must(me.username === "dora", "logged in");
const { group, thread, poll } = await homeGroupAndThread(masto);
await write(masto, group, await ask({ do: "picture" }));
await react(masto, thread, poll);
await followElsewhere(masto);
await lists(masto, group, thread);
await live(masto, token);
await createOAuthAPIClient({ url }).revoke({ clientId: app.clientId, clientSecret: app.clientSecret, token });
const refused = await masto.v1.accounts.verifyCredentials().catch((error) => error.statusCode);
must(refused === 401, "logged out");
tell({ did: "all" });
process.exit(0);
