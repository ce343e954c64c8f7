// What Node's clients do with the local bus: `manage` has the RPC library of
// Alibaba Cloud, the SDK of its data plane and the CloudEvents SDK use it, and
// `verify` has two libraries verify a webhook. Standard input holds the event, or
// the request.
import assert from "node:assert";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const require = createRequire(process.env.NODE_MODULES + "/");
const { BUS_URL: url, BUS: bus, ACCESS_KEY_ID: accessKeyId, ACCESS_KEY_SECRET: accessKeySecret } = process.env;
const functionARN = "acs:fc:local:1000000000000000:functions/pai-notify-dingtalk";

async function put(event, name) {
  const { default: DataPlane, Config, CloudEvent } = require("@alicloud/eventbridge");
  const client = new DataPlane(new Config({ accessKeyId, accessKeySecret, endpoint: new URL(url).host, protocol: "http" }));
  const answer = await client.putEvents([new CloudEvent({
    id: "data-plane-node", source: event.source, type: event.type, specversion: "1.0", datacontenttype: "application/json",
    data: Buffer.from(JSON.stringify(event.data)), extensions: { aliyuneventbusname: name },
  })]);
  assert.equal(answer.failedEntryCount ?? 0, 0, JSON.stringify(answer));
}

async function manage(event) {
  const { RPCClient } = require("@alicloud/pop-core");
  const client = new RPCClient({ accessKeyId, accessKeySecret, endpoint: url, apiVersion: "2020-04-01" });
  const of = { EventBusName: "official-node" };
  const rule = { ...of, RuleName: "r" };
  const call = (action, parameters, method = "POST") => client.request(action, parameters, { method });
  await call("CreateEventBus", { ...of, Description: "工作空间 a+b *~" });
  await call("CreateRule", { ...rule, FilterPattern: "{}" });
  await call("PutTargets", { ...rule, Targets: JSON.stringify([{ Id: "t", Type: "acs.fc.function", Endpoint: functionARN }]) });
  // It writes the action of its caller into a header, and GetRule into a parameter.
  assert.equal((await call("getRule", rule, "GET")).Data.Targets[0].Endpoint, functionARN);
  await call("DisableRule", rule);
  await put(event, of.EventBusName);
  const traced = await call("QueryTracedEvents", { ...of, StartTime: 0, EndTime: Date.now() + 1000, Limit: 10 }, "GET");
  assert.deepEqual([traced.Data.Total, traced.Data.Events[0].EventId], [1, "data-plane-node"]);
  const found = await call("QueryEvent", { ...of, EventId: "data-plane-node" });
  assert.equal(found.Data.data.ModelName, event.data.ModelName);
  const traces = await call("QueryEventTraces", { ...of, EventId: "data-plane-node" });
  assert.deepEqual(traces.Data.map((trace) => trace.Action), ["PutEvent"]);
  await call("DeleteTargets", { ...rule, TargetIds: JSON.stringify(["t"]) });
  await call("DeleteRule", rule);
  await call("DeleteEventBus", of);
  console.log("ok: pop-core, the RPC library of Node: 11 calls");

  await put(event, bus);
  console.log("ok: official SDK of Node, data plane: published");

  const { CloudEvent, emitterFor, httpTransport, Mode } = require("cloudevents");
  const mine = new CloudEvent({ id: "cloudevents-node", source: event.source, type: event.type, datacontenttype: "application/json", data: event.data });
  for (const mode of [Mode.STRUCTURED, Mode.BINARY]) { // the second in vain: a bus takes an event once
    const answer = await emitterFor(httpTransport(`${url}/eventbuses/${bus}/events`), { mode })(mine);
    assert.ok(JSON.parse(answer.body).events[0].id === "cloudevents-node", answer.body);
  }
  console.log("ok: CloudEvents SDK of Node: published");
}

function verify({ secret, body, headers }) {
  for (const name of ["standardwebhooks", "svix"]) {
    const hook = new (require(name).Webhook)(secret);
    hook.verify(body, headers);
    assert.throws(() => hook.verify(body + " ", headers), /signature/i, `${name} takes a body that was changed`);
    console.log(`ok: ${name} of Node: a webhook verified, a changed body refused`);
  }
}

await { manage, verify }[process.argv[2]](JSON.parse(await text(process.stdin)));
