"""Runs a command in an account of AWS that is moto in this process: aws.py COMMAND…

What moto lacks is done here, no more than the pages need, and written to the
notes of the page:

- it expands no templates of SAM. SAM's own translator does;
- it leaves nothing where AWS::NoValue stands in a list;
- it creates resources without regard to DependsOn, when a change set does it,
  and sends a custom resource no Update, no Delete and no failure to a stack;
- it runs no functions without containers. The executable of the package that was
  uploaded is run under Lambda's runtime API, and its log goes to its log group;
- its rules invoke no functions. They do here, with Lambda's two repetitions at
  once; redeliver then gets the record, and what it does not take is a dead letter.
  No minute passes by itself: the page invokes redeliver;
- it moves no messages between queues;
- it makes no alarms for a stack. Those here watch nothing.

Not there at all: metric filters, aliases, policies of queues, topics and buckets,
networks that a packet passes, and judging what a role may do.
"""

import contextlib
import http.server
import io
import json
import logging
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
import warnings
import zipfile
from pathlib import Path

REGION, ACCOUNT = "eu-central-1", "123456789012"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
os.environ.update(CREDENTIALS, AWS_DEFAULT_REGION=REGION, AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull,
                  AWS_EC2_METADATA_DISABLED="true", NO_PROXY="127.0.0.1", VALIDATE_LAMBDA_S3="false")
warnings.filterwarnings("ignore")
logging.getLogger("werkzeug").setLevel(logging.ERROR)


from moto.awslambda.exceptions import GenericResourcNotFound, UnknownFunctionException
from moto.awslambda.models import LambdaFunction, LambdaVersion
from moto.awslambda.responses import LambdaResponse
from moto.cloudformation import parsing
from moto.cloudformation.custom_model import CustomModel
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.common_models import CloudFormationModel
from moto.events.models import Rule
from moto.events.utils import EventTemplateParser
from moto.logs import logs_backends
from moto.logs.models import EventMessageFilter
from moto.server import ThreadedMotoServer
from moto.sqs import sqs_backends
from moto.sqs.responses import SQSResponse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

MANAGED = {"AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}


def without_nothing(clean):
    """AWS::NoValue leaves nothing in a list."""
    return lambda value, resources: [v for v in cleaned if v is not None] if isinstance(cleaned := clean(value, resources), list) else cleaned


parsing.clean_json = without_nothing(parsing.clean_json)
# moto does not see that Fn::Sub refers to a parameter, too.
parsing.get_references_from_template = lambda part: [a or b for a, b in re.findall(r'"Ref": "([^"]+)"|\$\{(\w+)', json.dumps(part))]


def take_lists():
    """moto looks for a qualifier in the payload of an invocation, which may be a list."""
    invoke = LambdaResponse.invoke

    def without_qualifier(response):
        response._get_param = lambda *_: None
        return invoke(response)
    LambdaResponse.invoke = without_qualifier


class Runtime(http.server.BaseHTTPRequestHandler):
    """Lambda's runtime API, for one invocation."""

    def do_GET(self):
        if self.server.asked.is_set():
            self.server.over.wait()
            return
        self.server.asked.set()
        self.send_response(200)
        for name, value in {"Lambda-Runtime-Aws-Request-Id": "1", "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 30000),
                            "Content-Length": str(len(self.server.payload))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.payload)

    def do_POST(self):
        length, body = self.headers.get("Content-Length"), b""
        if length is not None:
            body = self.rfile.read(int(length))
        while length is None and (size := int(self.rfile.readline(), 16)):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.answer.put((body, self.path.endswith("/error")))

    def log_message(self, *_):
        pass


class Caught(http.server.BaseHTTPRequestHandler):
    """Keeps what is put here, as CloudFormation's bucket, and answers as a robot of DingTalk what is posted."""

    put, refuses = queue.Queue(), Path(os.environ.get("PAGES_TMP", "/nonexistent"), "robot-refuses")

    def do_PUT(self):
        self.answer(b"", self.put.put)

    def do_POST(self):
        self.answer(b'{"errcode":300001,"errmsg":"token is not exist"}' if self.refuses.exists() else b'{"errcode":0,"errmsg":"ok"}')

    def answer(self, text, keep=lambda _: None):
        keep(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def serve(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, "http://127.0.0.1:%d" % server.server_address[1]


class Alarm(CloudFormationModel):
    """An alarm of a stack, as far as it is looked at."""

    __module__ = "moto.cloudwatch.models"  # moto lists models by it

    @staticmethod
    def cloudformation_type():
        return "AWS::CloudWatch::Alarm"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **_):
        alarm, p = cls(), cloudformation_json["Properties"]
        alarm.physical_resource_id = resource_name
        cloudwatch_backends[account_id][region_name].put_metric_alarm(
            name=resource_name, namespace=p.get("Namespace"), metric_name=p.get("MetricName"), comparison_operator=p["ComparisonOperator"], evaluation_periods=p["EvaluationPeriods"],
            period=p.get("Period"), threshold=p["Threshold"], statistic=p.get("Statistic"), description=p["AlarmDescription"], dimensions=[], alarm_actions=[])
        return alarm

    @classmethod
    def update_from_cloudformation_json(cls, original_resource, **_):
        return original_resource

    def delete(self, account_id, region_name):
        cloudwatch_backends[account_id][region_name].delete_alarms([self.physical_resource_id])


class Failed(Exception):
    """A custom resource said why a deployment must not go on."""


class Account:
    """What moto does not do, put into it."""

    def __init__(self):
        self.packages, self.changed = {}, []
        self.moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self.moto.start()
        self.endpoint = "http://%s:%d" % self.moto.get_host_and_port()
        _, self.caught = serve(Caught)
        Stack.parse_template = staticmethod(expand)
        ChangeSet._parse_template = lambda change_set: setattr(change_set, "template_dict", expand(change_set.template))
        CloudFormationBackend.execute_change_set = lambda backend, change_set_name, stack_name=None: self.execute(backend.describe_change_set(change_set_name), backend)
        # moto sees that a bucket stands in the path for hosts that it knows.
        read = CloudFormationResponse._get_stack_from_s3_url
        CloudFormationResponse._get_stack_from_s3_url = lambda response, url: read(response, url.replace("127.0.0.1", "localhost"))
        # What moto does not make is no resource.
        Stack.stack_resources = property(lambda stack: [r for r in stack.resource_map.values() if r is not None])
        delete = Stack.delete
        Stack.delete = lambda stack: (self.delete_rules(stack), delete(stack))
        parsing.ResourceMap._delete_resource = gone_already(parsing.ResourceMap._delete_resource)
        CustomModel.create_from_cloudformation_json = classmethod(self.create_rules)
        CustomModel.update_from_cloudformation_json = classmethod(self.update_rules)
        CustomModel.delete = lambda model, *_: self.request(model, "Delete")
        LambdaVersion.physical_resource_id = property(lambda version: version.version)
        LambdaFunction.invoke = lambda function, body, asked, headers: self.invoke(function, body, headers)
        take_lists()
        send = Rule.send_to_targets
        Rule.send_to_targets = lambda rule, event, transform_input=True: self.hand_over(rule, event, lambda: send(rule, event, transform_input))
        SQSResponse.start_message_move_task = lambda response: self.move(json.loads(response.body)["SourceArn"])
        matches = EventMessageFilter.matches
        EventMessageFilter.__init__ = lambda message_filter, pattern: setattr(message_filter, "pattern", pattern)
        EventMessageFilter.matches = lambda message_filter, message: fits(message_filter.pattern, message)

    def environment(self):
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": REGION}

    # CloudFormation.

    def execute(self, change_set, backend):
        stack, kind = backend.stacks[change_set.stack_id], change_set.change_set_type
        stack._add_stack_event(f"{kind}_IN_PROGRESS", resource_status_reason="User Initiated")
        try:
            if kind == "CREATE":
                stack.template, stack.template_dict, stack.parameters = change_set.template, change_set.template_dict, change_set.parameters
                stack.resource_map = stack._create_resource_map()
                stack.output_map = stack._create_output_map()
                stack.create_resources()
            else:
                # moto hands back what it made of a list.
                given = {name: ",".join(value) if isinstance(value, list) else value for name, value in change_set.parameters.items()}
                stack.update(change_set.template, parameters=given)
                while self.changed:  # moto would ask before it has changed the function
                    model, properties = self.changed.pop()
                    self.request(model, "Update", properties)
        except Failed as why:
            stack._add_stack_event(f"{kind}_FAILED", resource_status_reason=str(why))
            if kind == "CREATE":
                stack.resource_map.delete()
            stack.status = {"CREATE": "ROLLBACK_COMPLETE", "UPDATE": "UPDATE_ROLLBACK_COMPLETE"}[kind]
            stack._add_stack_event(stack.status)
        change_set.execution_status = "EXECUTE_COMPLETE"

    def create_rules(self, _, resource_name, cloudformation_json, account_id, region_name, LogicalId, StackId, ResourceType):
        model = CustomModel(region_name, "1", LogicalId, resource_name)
        model.event = {"StackId": StackId, "LogicalResourceId": LogicalId, "ResourceType": ResourceType, "RequestId": "1"}
        model.resource_name = self.request(model, "Create", cloudformation_json["Properties"])
        model.set_data({})
        return model

    def update_rules(self, _, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        self.changed.append((original_resource, cloudformation_json["Properties"]))
        return original_resource

    def delete_rules(self, stack):
        for name, model in list(stack.resource_map._parsed_resources.items()):
            if isinstance(model, CustomModel):
                self.request(model, "Delete")
                del stack.resource_map._parsed_resources[name]

    def request(self, model, kind, properties=None):
        """Asks a custom resource, as CloudFormation does, which makes texts of all scalars."""
        old = model.event.get("ResourceProperties")
        if properties is not None:
            model.event["ResourceProperties"] = {name: str(value) for name, value in properties.items()}
        event = {**model.event, "RequestType": kind, "ResponseURL": self.caught + "/answer"}
        if kind != "Create":
            event |= {"PhysicalResourceId": model.resource_name, "OldResourceProperties": old}
        function = event["ResourceProperties"]["ServiceToken"].split(":")[-1]
        said, failed = self.run(self.function(function), json.dumps(event).encode())
        try:
            answer = json.loads(Caught.put.get(timeout=1))
        except queue.Empty:
            raise Failed(f"{function} did not answer {kind}: {said}") from None
        if answer["Status"] != "SUCCESS":
            raise Failed(answer.get("Reason"))
        return answer["PhysicalResourceId"]

    # Lambda.

    def function(self, name):
        from moto.awslambda import lambda_backends
        return lambda_backends[ACCOUNT][REGION].get_function(name)

    def package(self, function):
        if function.code_sha_256 not in self.packages:
            folder = tempfile.mkdtemp(prefix="package-")
            zipfile.ZipFile(io.BytesIO(function.code_bytes)).extractall(folder)
            Path(folder, "bootstrap").chmod(0o755)
            self.packages[function.code_sha_256] = folder
        return self.packages[function.code_sha_256]

    def run(self, function, payload):
        """Runs the executable of a package as Lambda does: its answer, and whether that is an error."""
        server, url = serve(Runtime)
        server.payload, server.asked, server.over, server.answer = payload, threading.Event(), threading.Event(), queue.Queue()
        package = self.package(function)
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen([Path(package, "bootstrap")], stdout=log, stderr=log, cwd=package,
                                       env={"PATH": os.environ["PATH"], **function.environment_vars, **self.environment(), "AWS_ACCOUNT_ID": ACCOUNT,
                                            "AWS_ENDPOINT_URL_S3": self.caught, "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
                                            "AWS_LAMBDA_RUNTIME_API": url.removeprefix("http://"), "LAMBDA_TASK_ROOT": package, "PAI_NOTIFY_ALLOW": "127.0.0.1"})
            try:
                return server.answer.get(timeout=60)
            except queue.Empty:
                return b'{"errorMessage":"Task timed out"}', True
            finally:
                process.kill()
                process.wait()
                server.over.set()
                server.shutdown()
                server.server_close()
                log.seek(0)
                self.keep(function, log.read().decode(errors="replace").splitlines())

    def keep(self, function, lines):
        logs, group = logs_backends[ACCOUNT][REGION], "/pai-notify/" + function.function_name.rsplit("-", 1)[0]
        if group in logs.groups and lines:
            if function.function_name not in logs.groups[group].streams:
                logs.create_log_stream(group, function.function_name)
            logs.put_log_events(group, function.function_name, [{"timestamp": int(time.time() * 1000), "message": line} for line in lines])

    def invoke(self, function, body, headers):
        answer, failed = self.run(function, body if isinstance(body, bytes) else body.encode())
        if failed:
            headers["x-amz-function-error"] = "Unhandled"
        return answer

    # What EventBridge, Lambda and its queue do with an event.

    def hand_over(self, rule, event, others):
        functions = [t for t in rule.targets if ":function:" in t["Arn"]]
        if not functions:
            return others()
        if not rule.event_pattern.matches_event(event):
            return None
        for target in functions:
            transformer = target.get("InputTransformer", {})
            payload = EventTemplateParser.parse(transformer.get("InputTemplate"), transformer.get("InputPathsMap", {}), event)
            self.notify(self.function(target["Arn"].split(":")[-1]), payload if isinstance(payload, str) else json.dumps(payload))
        return None

    def notify(self, function, payload):
        for _ in range(3):
            answer, failed = self.run(function, payload.encode())
            if not failed:
                return
        record = {"version": "1.0", "requestContext": {"condition": "RetriesExhausted"}, "requestPayload": json.loads(payload), "responsePayload": json.loads(answer)}
        self.undelivered(function.function_name.rsplit("-", 1)[0], json.dumps(record))

    def undelivered(self, stack, record):
        queues = sqs_backends[ACCOUNT][REGION].queues
        redrive = next(q for name, q in queues.items() if name.startswith(f"{stack}-Undelivered-")).redrive_policy
        for _ in range(2):
            answer, failed = self.run(self.function(stack + "-redeliver"), json.dumps({"Records": [{"messageId": "1", "body": record, "eventSource": "aws:sqs"}]}).encode())
            if not failed and not json.loads(answer or b"{}").get("batchItemFailures"):
                return
        sqs_backends[ACCOUNT][REGION].send_message(redrive["deadLetterTargetArn"].split(":")[-1], record)

    def move(self, arn):
        dead = sqs_backends[ACCOUNT][REGION].queues[arn.split(":")[-1]]
        waiting, dead._messages = list(dead._messages), []
        for message in waiting:
            self.undelivered(dead.name.split("-DeadLetters-")[0], message.body)
        return json.dumps({"TaskHandle": "1"})


def expand(text):
    """What CloudFormation makes of a template of SAM."""
    template = yaml_parse(text)
    return Translator(MANAGED, Parser()).translate(template, {}) if "Transform" in template else template


def gone_already(delete):
    """A function that somebody deleted is no error of a stack that goes."""

    def wrapped(*arguments):
        with contextlib.suppress(UnknownFunctionException, GenericResourcNotFound):
            delete(*arguments)
    return wrapped


def fits(pattern, message):
    """A filter of CloudWatch Logs, as far as the pages have them: { $.field = "value" && … }."""
    if not pattern or not pattern.startswith("{"):
        return not pattern or pattern.strip('"') in message
    try:
        line = json.loads(message)
    except ValueError:
        return False
    return all(str(line.get(field)) == value for field, value in re.findall(r'\$\.(\w+) = "?([^"\s]+)"?', pattern))


def main():
    account = Account()
    tools, tmp = Path(os.environ["PAGES_ROOT"], ".tools"), Path(os.environ["PAGES_TMP"])
    for name, text in {"sam": SAM.format(python=tools / "sam/bin/python"), "aws": AWS.format(one=tools / "sam/bin/aws", two="/usr/bin/aws")}.items():
        (tmp / "bin" / name).write_text(text)
        (tmp / "bin" / name).chmod(0o755)
    (tmp / "notes").write_text(__doc__.split("\n\n")[2].replace("\n  ", " ").replace("- ", "").strip() + "\n" + __doc__.split("\n\n")[3].replace("\n", " ").strip() + "\n")
    # What aws configure writes is where everything of the pages finds it.
    Path.home().joinpath(".aws").mkdir()
    Path.home().joinpath(".aws/config").write_text(f"[default]\nregion = {REGION}\n")
    Path.home().joinpath(".aws/credentials").write_text("[default]\naws_access_key_id = testing\naws_secret_access_key = testing\n")
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith("AWS_")}, "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": account.endpoint, "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "2", "SAM_CLI_TELEMETRY": "0", "PAGES_ROBOT": account.caught}
    code = subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    account.moto.stop()
    sys.exit(code)


# It packs eight executables at every deployment: the least compression takes a third of the time.
SAM = """#!{python}
import sys, zlib
zlib.Z_DEFAULT_COMPRESSION = 1
from samcli.cli.main import cli
sys.exit(cli(prog_name="sam"))
"""

# Version 1 is asked; version 2, which has its own syntax, must understand what readers see, too.
AWS = """#!/bin/sh
case "$PAGES_HIDDEN $1 $2" in
1*) ;;
" sqs start-message-move-task")
  echo "$1 $2: not known to AWS CLI 2.9, which Debian has, and not asked of it" >>"$PAGES_TMP/notes" ;;
*)
  AWS_MAX_ATTEMPTS=1 {two} --endpoint-url http://127.0.0.1:9 --cli-connect-timeout 1 "$@" >"$PAGES_TMP/two" 2>&1
  if [ $? = 252 ]; then
    echo "AWS CLI 2 does not take this:" >&2
    cat "$PAGES_TMP/two" >&2
    exit 252
  fi ;;
esac
# By the option: version 1 has endpoints of its own for SQS.
exec {one} --endpoint-url "$AWS_ENDPOINT_URL" "$@"
"""

if __name__ == "__main__":
    main()
