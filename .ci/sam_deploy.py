"""Deploys template.yaml as `sam deploy` would, to moto in this process, and asserts on what stands there.

What moto does not do is done here or not at all, and the last lines say so:

- it runs no functions without containers. The executables that make build wrote
  are run with the environment of the function and the event on standard input;
- it cannot refer to the version of a function, for which "1" stands here;
- it makes no aliases, alarms, queue policies, subscriptions and settings of
  asynchronous invocations. They are asserted on in the translated template;
- it waits for the answer of a custom resource and sends it no Update and no
  Delete. The script does;
- it judges no policies and invokes no target of a rule.
"""

import json
import logging
import os
import warnings
from pathlib import Path

from sam_rules import ACCOUNT, REGION, STACK, WORKSPACE, Caught, Provision, check, check_rules, run_on_lambda, serve

# Whoever runs this has credentials of their own, which stay unused.
for name in [n for n in os.environ if n.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(AWS_DEFAULT_REGION=REGION, AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing",
                  AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull,
                  AWS_EC2_METADATA_DISABLED="true", NO_PROXY="127.0.0.1", VALIDATE_LAMBDA_S3="false")

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.server import ThreadedMotoServer
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

# What moto says of the things listed above, and of every request.
warnings.filterwarnings("ignore", module="moto")
for name in ["moto", "werkzeug"]:
    logging.getLogger(name).setLevel(logging.CRITICAL)

TOOLS = ["provision", "redeliver"]
TARGETS = sorted(p.parent.name for p in Path("functions").glob("*/bootstrap") if p.parent.name not in TOOLS)
PARAMETERS = {"Workspace": WORKSPACE, "AlarmEmail": "alice@example.com", "AllowedReceivers": "127.0.0.1"}
# What the example document refers to; the robot is on this machine.
SECRETS = {"DINGTALK_SIGNING_KEY": "SEC1", "SMTP_PASSWORD": "p4ssw0rd"}
# The messages that the robot took, and what AWS was asked for.
ROBOT, REQUESTS = [], []
RULES_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/pai-system-{WORKSPACE}/*"


def translate():
    template = yaml_parse(Path("template.yaml").read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # sam deploy uploads the folder and writes where it is.
            resource["Properties"]["CodeUri"] = "s3://packages/" + resource["Properties"]["CodeUri"]
    managed = {"AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}
    return Translator(managed, Parser()).translate(template, dict(PARAMETERS))


class Robot(Caught):
    """A robot of DingTalk that takes everything."""

    def do_POST(self):
        self.answer(b'{"errcode":0,"errmsg":"ok"}', ROBOT.append)


def of_type(template, kind):
    return {i: r["Properties"] for i, r in template["Resources"].items() if r["Type"] == kind}


def check_template(template):
    resources = template["Resources"]
    destinations = of_type(template, "AWS::Lambda::EventInvokeConfig").values()
    queue = {"Fn::GetAtt": ["Undelivered", "Arn"]}
    for name in TARGETS:
        upper = name[0].upper() + name[1:]
        check(any(d["FunctionName"] == {"Ref": upper + "Function"} and d["MaximumRetryAttempts"] == 2
                  and d["DestinationConfig"]["OnFailure"]["Destination"] == queue for d in destinations),
              f"what Lambda's retries of {name} cannot deliver does not go to the queue of redeliver")
        check(upper + "Permission" in resources["Rules"]["DependsOn"], f"rules may exist before the bus may invoke {name}")
    # What each role may is held by functions/roles_test.go. A role that SAM
    # makes itself may write to every log group.
    roles = of_type(template, "AWS::IAM::Role")
    check(set(roles) == {f"{n[0].upper()}{n[1:]}FunctionRole" for n in TARGETS + TOOLS}, f"there are the roles {sorted(roles)}")
    lets = of_type(template, "AWS::SQS::QueuePolicy")["BusDeadLettersPolicy"]["PolicyDocument"]["Statement"]
    check(len(lets) == 1 and lets[0]["Principal"] == {"Service": "events.amazonaws.com"} and "/pai-system-${Workspace}/*" in str(lets[0]["Condition"]),
          f"more than the rules of the workspace may fill the bus's dead letters: {lets}")
    alarms = of_type(template, "AWS::CloudWatch::Alarm").values()
    for name, f in of_type(template, "AWS::Logs::MetricFilter").items():
        metric = f["MetricTransformations"][0]
        check(any((a.get("Namespace"), a.get("MetricName")) == (metric["MetricNamespace"], metric["MetricName"]) for a in alarms), f"nobody is alarmed of {name}")
    for queue in ["DeadLetters", "BusDeadLetters"]:
        check(any(a.get("Dimensions") == [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}] and a["Threshold"] == 0
                  for a in alarms), f"nobody is alarmed of {queue}")


def check_stack(session, stack):
    lambdas, sqs = session.client("lambda"), session.client("sqs")
    # What moto does not make stands there without a name.
    physical = {r["LogicalResourceId"]: r["PhysicalResourceId"]
                for r in session.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"] if "PhysicalResourceId" in r}
    names = {f["FunctionName"] for f in lambdas.list_functions()["Functions"]}
    check(names == {f"{STACK}-{t}" for t in TARGETS + TOOLS}, f"the stack has the functions {sorted(names)}")

    def attributes(url):
        return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    def only(name, source):
        allowed = json.loads(lambdas.get_policy(FunctionName=f"{STACK}-{name}")["Policy"])["Statement"]
        check(len(allowed) == 1 and allowed[0]["Principal"] == {"Service": "events.amazonaws.com"} and allowed[0]["Condition"] == {"ArnLike": {"AWS:SourceArn": source}},
              f"{name} may be invoked by more than {source}: {allowed}")

    for name in TARGETS:
        only(name, RULES_ARN)
    redeliver = lambdas.get_function_configuration(FunctionName=f"{STACK}-redeliver")
    queue = attributes(physical["Undelivered"])
    wait, redrive = int(queue["VisibilityTimeout"]), json.loads(queue["RedrivePolicy"])
    check(wait >= 6 * redeliver["Timeout"], "a record becomes visible while it is being taken up")
    check(redrive["deadLetterTargetArn"] == attributes(physical["DeadLetters"])["QueueArn"] and wait * int(redrive["maxReceiveCount"]) >= 6 * 3600,
          "a record that cannot be taken up does not become a dead letter, or within the hours that an outage of the ledger takes")
    check(lambdas.list_event_source_mappings()["EventSourceMappings"] == [], "a queue is polled, which costs something day and night")
    check(redeliver["Environment"]["Variables"]["PAI_NOTIFY_UNDELIVERED"] == f"{physical['Undelivered']},{physical['BusDeadLetters']}", "redeliver does not fetch what failed, or what the bus could not hand over")
    check(int(attributes(physical["BusDeadLetters"])["VisibilityTimeout"]) >= 6 * redeliver["Timeout"], "an event becomes visible while it is being taken up")
    events = session.client("events")
    [minute] = events.list_rules()["Rules"]
    check(minute["ScheduleExpression"] == "rate(1 minute)" and minute["State"] == "ENABLED", f"redeliver is not invoked each minute: {minute}")
    check([t["Arn"] for t in events.list_targets_by_rule(Rule=minute["Name"])["Targets"]] == [redeliver["FunctionArn"]], "the minute invokes something else than redeliver")
    only("redeliver", minute["Arn"])
    table = session.client("dynamodb").describe_table(TableName=f"{STACK}-ledger")["Table"]
    check(table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST", "an idle ledger costs something")
    for name in [*TARGETS, "redeliver"]:
        variables = lambdas.get_function_configuration(FunctionName=f"{STACK}-{name}")["Environment"]["Variables"]
        check((variables["PAI_NOTIFY_LEDGER"], variables["PAI_NOTIFY_SERVED_BUS"]) == (f"dynamodb:{STACK}-ledger", f"pai-system-{WORKSPACE}"), f"{name} records nothing: {variables}")
    return physical


def check_ledger(session, physical, provision):
    """The same event twice is one message, whatever instance has it; what failed is sent by the next minute; nothing is asked for in vain."""
    sqs, events, dynamodb = session.client("sqs"), session.client("events"), session.client("dynamodb")
    environment = {name: {**session.client("lambda").get_function_configuration(FunctionName=f"{STACK}-{name}")["Environment"]["Variables"], **provision.account}
                   for name in ["dingtalk", "redeliver"]}

    def send(payload):
        answer, failed = run_on_lambda("lambda/dingtalk", json.dumps(payload).encode(), environment["dingtalk"])
        check(not failed, f"dingtalk fails: {answer}")
        return json.loads(answer)["status"]

    def minute():
        REQUESTS.clear()
        tick = {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
        answer, failed = run_on_lambda("lambda/redeliver", json.dumps(tick).encode(), environment["redeliver"])
        check(not failed, f"redeliver fails: {answer}")
        return json.loads(answer)

    def wrapper(event):
        targets = events.list_targets_by_rule(EventBusName=f"pai-system-{WORKSPACE}", Rule="job-needs-help")["Targets"]
        target = next(t for t in targets if t["Arn"].endswith("-dingtalk"))
        return json.loads(target["InputTransformer"]["InputTemplate"].replace("<aws.events.event.json>", json.dumps({"detail": event, "source": event["source"], "detail-type": event["type"]})))

    event = json.loads(Path("events/dlc-job-failed.json").read_text())
    check([send(wrapper(event)) for _ in range(2)] == ["sent", "skipped"] and len(ROBOT) == 1, f"the same event twice is {len(ROBOT)} messages")
    # An instance that died at each attempt: Lambda keeps the record.
    record = {"version": "1.0", "requestContext": {"condition": "RetriesExhausted"}, "requestPayload": wrapper(event | {"id": "died"}), "responsePayload": {"errorType": "Runtime.ExitError"}}
    sqs.send_message(QueueUrl=physical["Undelivered"], MessageBody=json.dumps(record))
    sqs.send_message(QueueUrl=physical["Undelivered"], MessageBody="no record")
    minutes = [minute(), minute()]
    check(len(ROBOT) == 2, f"what failed is not sent after {minutes}")
    left = sqs.get_queue_attributes(QueueUrl=physical["Undelivered"], AttributeNames=["All"])["Attributes"]
    check((left["ApproximateNumberOfMessages"], left["ApproximateNumberOfMessagesNotVisible"]) == ("0", "1"), f"what cannot be read is not left to the queue, or what was sent is: {left}")
    check(send(wrapper(event | {"id": "died"})) == "skipped" and len(ROBOT) == 2, "what redeliver sent is sent again")
    report = minute()
    check(report == {"due": 0, "overdue": 0, "invoked": 0, "given_up": 0}, f"an idle minute is {report}")
    idle = len(REQUESTS)
    check((idle + 1) * 60 * 24 * 30 <= 4_500_000 / 10, f"an idle minute costs {idle} requests, more than a tenth of what polling seven queues cost")
    rows = dynamodb.scan(TableName=f"{STACK}-ledger")["Items"]
    check(all("expires" in r or r["pk"]["S"].startswith("c#") for r in rows), f"a row never expires: {rows}")
    return idle


def main():
    template = translate()
    check_template(template)
    template["Resources"]["Rules"]["Properties"]["Package"] = "1"
    _, robot = serve(Robot)
    SECRETS["DINGTALK_WEBHOOK"] = robot + "/robot/send?access_token=x"
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    handle = DomainDispatcherApplication.__call__
    DomainDispatcherApplication.__call__ = lambda app, environ, start: (REQUESTS.append(environ["HTTP_HOST"]), handle(app, environ, start))[1]
    endpoint = "http://%s:%d" % server.get_host_and_port()
    session = boto3.Session(region_name=REGION)
    os.environ["AWS_ENDPOINT_URL"] = endpoint
    cloudformation = session.client("cloudformation")
    provision = Provision(endpoint)
    stack = cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"],
                                        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in PARAMETERS.items()])["StackId"]
    rules_id = provision.create(session, stack, SECRETS)
    status = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
    check(status == "CREATE_COMPLETE", f"the stack is {status}")
    physical = check_stack(session, stack)
    idle = check_ledger(session, physical, provision)
    matches, needed = check_rules(session, provision, rules_id, physical)
    # What provision does not do is put events.
    may = {a for s in template["Resources"]["ProvisionFunctionRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"] if s["Sid"] != "Log"
           for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}
    check(may == needed - {"events:PutEvents"}, f"provision may {sorted(may)}, and needs {sorted(needed)}")
    cloudformation.delete_stack(StackName=STACK)
    check(not session.client("lambda").list_functions()["Functions"] and not session.client("sqs").list_queues().get("QueueUrls") and not session.client("dynamodb").list_tables()["TableNames"],
          "functions, queues or the ledger outlive the stack")
    server.stop()
    print(f"template.yaml: deployed with its rules, which take {matches} samples as pai-notify match says; an event that comes twice is one message, and what failed is sent by the next minute, which asks AWS {idle} times when nothing happens; deleted, nothing of it is left.\n"
          "Not run, because moto has none of it: policies, aliases, alarms, subscriptions, retries of asynchronous invocations, rules that invoke functions.")


if __name__ == "__main__":
    main()
