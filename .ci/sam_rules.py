"""The rules that come with the stack: the real provision function between moto and what plays CloudFormation."""

import http.server
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "pages"))
from aws import Caught, Runtime, serve, take_lists
from moto import settings
from moto.awslambda.models import LambdaFunction
from moto.cloudformation import cloudformation_backends

REGION, ACCOUNT, STACK, WORKSPACE = "eu-central-1", "123456789012", "pai-notify", "llm_lab"


def check(truth, why):
    if not truth:
        sys.exit(f"sam_deploy: {why}")


def run(folder, payload, environment, workspace=None):
    """Runs an executable as its platform would, by standard input."""
    with tempfile.TemporaryDirectory() as package:
        shutil.copy(Path("build", folder, "bootstrap"), package)
        if workspace:
            Path(package, "workspace.json").write_bytes(workspace)
        done = subprocess.run([Path(package, "bootstrap")], input=json.dumps(payload), capture_output=True, text=True, timeout=60, check=False,
                              env={"PATH": os.environ["PATH"], **environment})
    return done.returncode, done.stdout, done.stderr


def run_on_lambda(folder, payload, environment):
    """Runs an executable as Lambda does, and returns what it answers and whether that is an error."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Runtime)
    server.payload, server.asked, server.over, server.answer = payload, threading.Event(), threading.Event(), queue.Queue()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    process = subprocess.Popen([Path("build", folder, "bootstrap").resolve()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={"PATH": os.environ["PATH"], **environment, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % server.server_address[1]})
    try:
        return server.answer.get(timeout=60)
    finally:
        process.kill()
        process.wait()
        server.over.set()
        server.shutdown()
        server.server_close()


class Provision:
    """Stands in for Lambda and CloudFormation around the provision function."""

    def __init__(self, endpoint):
        self.answers, self.event, self.environment = queue.Queue(), None, {}
        # What Lambda tells a function, and where everything of AWS is.
        self.account = {"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": REGION, "AWS_ACCOUNT_ID": ACCOUNT,
                        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        self.document = subprocess.run(["build/pai-notify", "json", "-w", "docs/workspace.yaml"], capture_output=True, check=True).stdout
        # moto makes the event of the custom resource and has the function invoked.
        LambdaFunction.invoke = lambda function, body, _, headers: self.invoked(function, body, headers)
        take_lists()
        settings.moto_server_host = lambda: "http://127.0.0.1"  # it would ask Docker

        class Answered(http.server.BaseHTTPRequestHandler):
            def do_PUT(handler):
                self.answers.put(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
                handler.send_response(200)
                handler.end_headers()

            def log_message(handler, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Answered)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def invoked(self, function, body, headers):
        name = function.function_name.removeprefix(STACK + "-")
        if name != "provision":
            out, failed = run_on_lambda("lambda/" + name, body if isinstance(body, bytes) else body.encode(), {**function.environment_vars, **self.account})
            if failed:
                headers["x-amz-function-error"] = "Unhandled"
            return out
        self.event = json.loads(body)
        # CloudFormation makes texts of all scalars.
        self.event["ResourceProperties"] = {name: str(value) for name, value in self.event["ResourceProperties"].items()}
        return b""

    def answer(self, kind, physical=None):
        """Sends what CloudFormation sends, and returns what it is answered."""
        url = "http://127.0.0.1:%d/answer" % self.server.server_address[1]
        event = {**self.event, "RequestType": kind, "ResponseURL": url}
        if kind != "Create":
            event |= {"PhysicalResourceId": physical, "OldResourceProperties": event["ResourceProperties"]}
        code, out, err = run("provision", event, self.environment, self.document)
        try:
            return self.answers.get(timeout=1)
        except queue.Empty:
            sys.exit(f"sam_deploy: provision did not answer {kind} ({code}): {out}{err}")

    def request(self, kind, physical=None):
        answer = self.answer(kind, physical)
        check(answer["Status"] == "SUCCESS", f"{kind} of the rules failed: {answer.get('Reason')}")
        return answer["PhysicalResourceId"]

    def create(self, session, stack, secrets):
        """Completes the stack, which waits for its custom resource."""
        while self.event is None:  # moto invokes in a thread
            time.sleep(0.01)
        configuration = session.client("lambda").get_function_configuration(FunctionName=f"{STACK}-provision")
        # Answers go to S3, whose stand-in this script is.
        self.environment = {**configuration["Environment"]["Variables"], "PAI_NOTIFY_BUS": "aws", **self.account,
                            "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:%d" % self.server.server_address[1]}
        self.stops_without(session, secrets)
        physical = self.request("Create")
        waiting = cloudformation_backends[ACCOUNT][REGION].get_stack(stack)
        waiting.get_custom_resource(self.event["LogicalResourceId"]).set_data({})
        waiting.verify_readiness()
        return physical

    def stops_without(self, session, secrets):
        """A deployment stops where the secret, or a name in it, is missing; a command fills it."""
        store, events, name = session.client("secretsmanager"), session.client("events"), f"pai-notify/{STACK}"
        for there in range(len(secrets)):
            if there > 0:
                value = json.dumps(dict(list(secrets.items())[:there]))
                store.create_secret(Name=name, SecretString=value) if there == 1 else store.put_secret_value(SecretId=name, SecretString=value)
            answer = self.answer("Create")
            missing = list(secrets)[there:]
            check(answer["Status"] == "FAILED" and all(m in answer["Reason"] for m in missing), f"without {missing} the deployment answers {answer}")
            check(len(events.list_event_buses()["EventBuses"]) == 1, f"without {missing} the workspace has a bus")
        push = ["build/pai-notify", "secrets", "push", "-w", "docs/workspace.yaml", "--bus", "aws", "--name", name]
        done = subprocess.run(push, env={**os.environ, **self.account, **secrets}, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        check(done.returncode == 0 and not any(s in said for s in secrets.values()), f"secrets push: {said}")


def check_matching(events, sqs, bus):
    """What is put on the bus as docs/deploy-aws.md puts it reaches the rules that pai-notify match names."""
    queues, seen_bus = {}, "seen"
    events.create_event_bus(Name=seen_bus)
    for rule in events.list_rules(EventBusName=bus)["Rules"]:
        # moto invokes no functions, and fails where a rule leads to one: rules of
        # the same patterns on another bus lead to queues.
        url = queues[rule["Name"]] = sqs.create_queue(QueueName="seen-" + rule["Name"])["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name=rule["Name"], EventBusName=seen_bus, EventPattern=rule["EventPattern"])
        events.put_targets(Rule=rule["Name"], EventBusName=seen_bus, Targets=[{"Id": "queue", "Arn": arn}])
    said = set()
    for file in sorted(Path("events").glob("*.json")):
        event = json.loads(file.read_text())
        put = events.put_events(Entries=[{"EventBusName": seen_bus, "Source": event["source"], "DetailType": event["type"], "Detail": json.dumps(event)}])
        check(put["FailedEntryCount"] == 0, f"the bus does not take {file}: {put}")
        matched = subprocess.run(["build/pai-notify", "match", "-w", "docs/workspace.yaml", "--bus", "aws", file], capture_output=True, text=True, check=False).stdout
        said |= {(line.split()[1], event["id"]) for line in matched.splitlines() if line.startswith("  match ")}
    seen = set()
    for name, url in queues.items():
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            seen |= {(name, json.loads(m["Body"])["detail"]["id"]) for m in messages}
        events.remove_targets(Rule=name, EventBusName=seen_bus, Ids=["queue"])
        events.delete_rule(Name=name, EventBusName=seen_bus)
        sqs.delete_queue(QueueUrl=url)
    events.delete_event_bus(Name=seen_bus)
    check(said and seen == said, f"pai-notify match says {sorted(said)}, the bus {sorted(seen)}")
    return len(said)


def check_rules(session, provision, rules_id, physical):
    """The rules come with the stack and go with it, and those of others stay."""
    events, sqs = session.client("events"), session.client("sqs")
    bus = f"pai-system-{WORKSPACE}"

    def rules():
        return {r["Name"]: r for r in events.list_rules(EventBusName=bus)["Rules"]}

    check(set(rules()) == {"job-needs-help", "model-approval"}, f"the bus has the rules {sorted(rules())}")
    dead = sqs.get_queue_attributes(QueueUrl=physical["BusDeadLetters"], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for name in rules():
        for target in events.list_targets_by_rule(EventBusName=bus, Rule=name)["Targets"]:
            check(f":function:{STACK}-" in target["Arn"], f"{name} leads to {target['Arn']}")
            check(target.get("DeadLetterConfig") == {"Arn": dead}, f"{name}: what the bus cannot deliver is not kept")
    matches = check_matching(events, sqs, bus)
    policy = subprocess.run(["build/pai-notify", "policy", "-w", "docs/workspace.yaml", "--bus", "aws"], capture_output=True, text=True, check=True).stdout
    needed = {a for statement in json.loads(policy)["Statement"] for a in statement["Action"]}
    before = rules()
    check(provision.request("Update", rules_id) == rules_id, "the rules change their id, for which CloudFormation would delete them")
    check(rules() == before, "a second deployment changes rules")
    events.put_rule(Name="by-hand", EventBusName=bus, EventPattern='{"source": ["acs.paidlc"]}')
    provision.request("Delete", rules_id)
    check(set(rules()) == {"by-hand"}, f"after the stack the bus has the rules {sorted(rules())}")
    events.delete_rule(Name="by-hand", EventBusName=bus)
    rules_id = provision.request("Create")
    check(set(rules()) == set(before), "the rules do not come back")
    provision.request("Delete", rules_id)
    provision.request("Delete", rules_id)  # as after a deletion that was cut off
    left = [b["Name"] for b in events.list_event_buses()["EventBuses"]]
    check(left == ["default"], f"after the stack there are the buses {left}")
    return matches, needed
