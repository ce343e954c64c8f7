"""What Python's clients do with the local bus: `manage` has the SDKs of Alibaba
Cloud's control and data plane and the CloudEvents SDK use it, `verify` has two
libraries verify a webhook. Standard input holds the event, or the request."""
import json
import os
import sys
import time

import requests
from alibabacloud_eventbridge import client as data_plane
from alibabacloud_eventbridge import models as data
from alibabacloud_eventbridge20200401 import client as control_plane
from alibabacloud_eventbridge20200401 import models as control
from alibabacloud_tea_openapi import utils_models as openapi
from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

FUNCTION = "acs:fc:local:1000000000000000:functions/pai-notify-dingtalk"
URL, BUS = os.environ["BUS_URL"], os.environ["BUS"]
HOST = URL.removeprefix("http://")
KEY = {"access_key_id": os.environ["ACCESS_KEY_ID"], "access_key_secret": os.environ["ACCESS_KEY_SECRET"]}


def put(event, name):
    """Publishes with the data plane's SDK."""
    client = data_plane.Client(data.Config(**KEY, endpoint=HOST, protocol="http"))
    answer = client.put_events([data.CloudEvent(
        id="data-plane-python", source=event["source"], type=event["type"], specversion="1.0", datacontenttype="application/json",
        data=json.dumps(event["data"]).encode(), extensions={"aliyuneventbusname": name})])
    assert answer.failed_entry_count == 0, answer


def manage(event):
    client = control_plane.Client(openapi.Config(**KEY, endpoint=HOST, protocol="HTTP", region_id="local"))
    bus, rule = "official-python", "r"
    client.create_event_bus(control.CreateEventBusRequest(event_bus_name=bus, description="工作空间"))
    client.create_rule(control.CreateRuleRequest(event_bus_name=bus, rule_name=rule, filter_pattern="{}"))
    client.put_targets(control.PutTargetsRequest(event_bus_name=bus, rule_name=rule, targets=[
        control.PutTargetsRequestTargets(id="t", type="acs.fc.function", endpoint=FUNCTION)]))
    assert client.get_rule(control.GetRuleRequest(event_bus_name=bus, rule_name=rule)).body.data.targets[0].endpoint == FUNCTION
    client.disable_rule(control.DisableRuleRequest(event_bus_name=bus, rule_name=rule))
    put(event, bus)
    traced = client.query_traced_events(control.QueryTracedEventsRequest(
        event_bus_name=bus, start_time=0, end_time=int(time.time() * 1000) + 1000, event_source=event["source"], limit=10)).body.data
    assert (traced.total, traced.events[0].event_id, traced.events[0].event_type) == (1, "data-plane-python", event["type"]), traced
    found = client.query_event(control.QueryEventRequest(event_bus_name=bus, event_id="data-plane-python")).body
    assert found.data["data"] == event["data"], found
    traces = client.query_event_traces(control.QueryEventTracesRequest(event_bus_name=bus, event_id="data-plane-python")).body.data
    assert [trace.action for trace in traces] == ["PutEvent"], traces
    client.delete_targets(control.DeleteTargetsRequest(event_bus_name=bus, rule_name=rule, target_ids=["t"]))
    client.delete_rule(control.DeleteRuleRequest(event_bus_name=bus, rule_name=rule))
    client.delete_event_bus(control.DeleteEventBusRequest(event_bus_name=bus))
    print("ok: official SDK of Python, control plane: 11 calls")

    put(event, BUS)
    print("ok: official SDK of Python, data plane: published")

    mine = CloudEvent({"specversion": "1.0", "id": "cloudevents-python", "source": event["source"], "type": event["type"], "datacontenttype": "application/json"}, event["data"])
    for mode in (to_structured, to_binary):  # the second in vain: a bus takes an event once
        message = mode(mine, JSONFormat())
        answer = requests.post(f"{URL}/eventbuses/{BUS}/events", headers=message.headers, data=message.body, timeout=10)
        assert answer.status_code == 202, answer.text
    print("ok: CloudEvents SDK of Python: published")


def verify(request):
    import standardwebhooks
    import svix

    for name, library in (("standardwebhooks", standardwebhooks), ("svix", svix)):
        hook = library.Webhook(request["secret"])
        hook.verify(request["body"].encode(), request["headers"])
        try:
            hook.verify((request["body"] + " ").encode(), request["headers"])
        except library.WebhookVerificationError:
            pass
        else:
            raise SystemExit(f"{name} takes a body that was changed")
        print(f"ok: {name} of Python: a webhook verified, a changed body refused")


globals()[sys.argv[1]](json.load(sys.stdin))
