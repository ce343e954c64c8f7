"""Holds docs/examples to what it says: .ci/examples.py <python with moto>

Terraform and its providers cannot be had from the registries that checks reach. So
the modules are parsed, and each argument is looked up in Pulumi's packages, whose
classes are made of the same providers' schemas; the commands that the modules run
are run. The pipelines' commands are run by bash as their platforms do, against a
bus on this machine; what their platforms do around them is not.
"""

import ast
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import hcl2
import yaml

ROOT = Path.cwd()
# Where Pulumi has the resources that the modules use.
CLASSES = {
    "alicloud_fcv3_async_invoke_config": "pulumi_alicloud.fc.v3_async_invoke_config", "alicloud_fcv3_function": "pulumi_alicloud.fc.v3_function",
    "alicloud_fcv3_trigger": "pulumi_alicloud.fc.v3_trigger",
    "alicloud_log_project": "pulumi_alicloud.log.project", "alicloud_log_store": "pulumi_alicloud.log.store", "alicloud_log_store_index": "pulumi_alicloud.log.store_index",
    "alicloud_message_service_queue": "pulumi_alicloud.message.service_queue", "alicloud_ram_policy": "pulumi_alicloud.ram.policy",
    "alicloud_ram_role": "pulumi_alicloud.ram.role", "alicloud_ram_role_policy_attachment": "pulumi_alicloud.ram.role_policy_attachment",
    "aws_cloudwatch_log_group": "pulumi_aws.cloudwatch.log_group", "aws_cloudwatch_log_metric_filter": "pulumi_aws.cloudwatch.log_metric_filter",
    "aws_cloudwatch_event_rule": "pulumi_aws.cloudwatch.event_rule", "aws_cloudwatch_event_target": "pulumi_aws.cloudwatch.event_target",
    "aws_cloudwatch_metric_alarm": "pulumi_aws.cloudwatch.metric_alarm", "aws_dynamodb_table": "pulumi_aws.dynamodb.table", "aws_iam_role": "pulumi_aws.iam.role", "aws_iam_role_policy": "pulumi_aws.iam.role_policy",
    "aws_lambda_function": "pulumi_aws.lambda_.function",
    "aws_lambda_function_event_invoke_config": "pulumi_aws.lambda_.function_event_invoke_config", "aws_lambda_permission": "pulumi_aws.lambda_.permission",
    "aws_sqs_queue": "pulumi_aws.sqs.queue", "aws_sqs_queue_policy": "pulumi_aws.sqs.queue_policy",
}
# What Pulumi calls otherwise.
RENAMED = {("aws_lambda_function", "filename"): "code", ("aws_lambda_function", "function_name"): "name", ("aws_lambda_permission", "function_name"): "function",
           ("aws_cloudwatch_metric_alarm", "alarm_name"): "name", ("aws_dynamodb_table", "global_secondary_index"): "global_secondary_indexes"}
META = {"for_each", "count", "depends_on", "lifecycle", "provider", "provisioner"}


def check(holds, text):
    if not holds:
        sys.exit("examples: " + text)


@cache
def arguments(module, name=None):
    """The arguments of a class: by name, which class is nested in it and whether it has to be given."""
    package = Path(find_spec(module.split(".")[0]).origin).parent
    for file in [package.joinpath(*module.split(".")[1:]).with_suffix(".py"), package / module.split(".")[1] / "_inputs.py"]:
        for node in ast.parse(file.read_text()).body:
            # The first class of a resource's file has its arguments.
            if isinstance(node, ast.ClassDef) and (node.name == name or (name is None and node.name.endswith("Args"))):
                init = next(f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == "__init__")
                found = {}
                for argument, default in zip(init.args.kwonlyargs, init.args.kw_defaults):
                    nested = re.search(r"'(\w+Args)'", ast.unparse(argument.annotation))
                    found[argument.arg] = (nested and nested[1], default is None)
                return found
    sys.exit(f"examples: {module} has no {name or 'arguments'}")


def own(block):
    return {k: v for k, v in block.items() if not k.startswith("__") and k not in META}


def check_block(where, kind, block, module, name=None):
    takes = arguments(module, name)
    given = set()
    for key, value in own(block).items():
        key = RENAMED.get((kind, key), key)
        key = key if key in takes else key + "s"  # a block that may come again is a list there
        check(key in takes, f"{where}: {kind} takes no {key[:-1]}: it takes {', '.join(takes)}")
        given.add(key)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for inner in value:
                check_block(where, kind, inner, module, takes[key][0])
    missing = {k for k, (_, needed) in takes.items() if needed} - given
    check(not missing, f"{where}: {kind} lacks {', '.join(missing)}")


def text(value):
    """A string of HCL without references."""
    return json.loads(value)


def blocks(module, kind):
    for one in module.get(kind, []):
        for labels, named in one.items():
            for name, block in named.items():
                yield text(labels), text(name), block


def environment(**more):
    """That of a pipeline: nothing of whoever runs this."""
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true", "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true", **more}


def run(command, env, folder=ROOT):
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=120)


def succeed(what, command, env, folder=ROOT):
    done = run(command, env, folder)
    check(done.returncode == 0, f"{what} ends with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def check_module(cloud, place, program, env):
    """Parses a module and runs what it runs, in an account that is at place."""
    file = f"docs/examples/terraform/{cloud}/main.tf"
    with open(file) as f:
        module = hcl2.load(f)
    resources = list(blocks(module, "resource"))
    for kind, _, block in resources:
        if kind != "terraform_data":
            check(kind in CLASSES, f"{file}: say where Pulumi has {kind}")
            check_block(file, kind, block, CLASSES[kind])
    known = {f"{kind}.{name}" for kind, name, _ in resources} | {f"data.{kind}.{name}" for kind, name, _ in blocks(module, "data")}
    source = Path(file).read_text()
    for reference in re.findall(r"\b(data\.\w+\.\w+|(?<!\.)(?:aws|alicloud|terraform)_\w+\.\w+)", re.sub(r"(?m)^  from = .*$", "", source)):
        check(reference in known, f"{file}: there is no {reference}")
    for name in set(re.findall(r"\bvar\.(\w+)", source)):
        check(name in {text(v) for one in module["variable"] for v in one}, f"{file}: there is no variable {name}")

    types = sorted(p.parent.name for p in Path("functions").glob("*/bootstrap") if p.parent.name not in ["provision", "redeliver"])
    default = next(v for one in module["variable"] for k, v in one.items() if text(k) == "types")["default"]
    check([text(t) for t in default] == types, f"{file}: types are not {types}")
    policy = next(b for kind, name, b in blocks(module, "data") if (kind, name) == ("external", "policy"))
    for function in [*types, "redeliver"]:
        script = [text(word) for word in policy["program"][:3]]
        queue = f"acs:mns:{place['REGION']}:1:/queues/pai-notify-undelivered"
        words = [program, function, "pai-notify-", place["REGION"], "1", "secret"]
        ledger = "tablestore:https://lab.cn-hangzhou.vpc.tablestore.aliyuncs.com/pai_notify"
        words += [str(ROOT / "docs/workspace.yaml")] if cloud == "aws" else [queue, "kms", ledger, str(ROOT / "docs/workspace.yaml")]
        answer = json.loads(succeed(f"{file}: the policy of {function}", script + words, env))
        check(set(answer) == {"policy"}, f"{file}: the policy of {function} is {answer}")
        reaches = [r for s in json.loads(answer["policy"])["Statement"] for r in s["Resource"]]
        # What the module makes is what the program lets the function use.
        wanted = [":pai-notify-undelivered", ":table/pai-notify-ledger", f":log-group:/aws/lambda/pai-notify-{function}:*"] if cloud == "aws" else [queue + "/messages", ":instance/lab/table/pai_notify"]
        for end in wanted:
            check(any(r.endswith(end) for r in reaches), f"{file}: {function} may not use {end}: {reaches}")

    document = ROOT / "docs/workspace.yaml"
    # There is no stand-in for Tablestore here: what is made of it is shown by make pages.
    values = {"LEDGER": "", "ALARMS": "", "PROGRAM": program, "DOCUMENT": str(document), "PREFIX": "pai-notify-", "QUEUE": place["QUEUE"], "REGION": place["REGION"]}
    for name in ["rules", "removal"]:
        block = next(b for kind, n, b in resources if (kind, n) == ("terraform_data", name))
        provisioner = next(iter(block["provisioner"][0].values()))
        check(set(own(provisioner["environment"])) <= set(values), f"{file}: {name} has {provisioner['environment']}")
        if name == "rules" and cloud == "aliyun":
            told = succeed(f"{file}: {name}", ["sh", "-c", text(provisioner["command"])], {**env, **values, "PROGRAM": "echo", "LEDGER": ledger, "ALARMS": "pai-notify-ops"})
            check(f"--ledger {ledger}" in told, f"{file}: nobody makes the ledger: {told}")
            check("--alarms pai-notify-ops" in told, f"{file}: nobody makes the alarms: {told}")
            check(own(provisioner["environment"])["LEDGER"] == "${local.ledger}", f"{file}: another ledger is made than the functions have")
        if name == "removal":
            values["DOCUMENT"] = document.read_text()
        out = succeed(f"{file}: {name}", ["sh", "-c", text(provisioner["command"])], {**env, **{k: values[k] for k in own(provisioner["environment"])}})
        check("Done." in out, f"{file}: {name} did nothing: {out}")
    return len(resources)


def scripts():
    """The commands of the pipelines, by file: what a pull request runs, and what a merge runs."""
    github = yaml.safe_load(Path("docs/examples/ci/github.yml").read_text())["jobs"]
    gitlab = yaml.safe_load(Path("docs/examples/ci/gitlab.yml").read_text())
    flow = {n: yaml.safe_load(Path(f"docs/examples/ci/codeup-{n}.yml").read_text())["stages"][n]["jobs"][n]["steps"][n]["with"]["run"] for n in ["plan", "apply"]}
    github_of = {n: "\n".join(step["run"] for step in github[n]["steps"] if "run" in step) for n in ["plan", "apply"]}
    gitlab_of = {n: "\n".join([*gitlab[gitlab[n]["extends"]]["before_script"], *gitlab[n]["script"]]) for n in ["plan", "apply"]}
    return {"github.yml": github_of, "gitlab.yml": gitlab_of, "codeup": flow}


def check_pipelines(place, program, env, folder):
    stub = folder / "bin"
    stub.mkdir()
    (stub / "pai-notify").symlink_to(program)
    module = (ROOT / "go.mod").read_text().split()[1]
    (stub / "go").write_text(f'#!/bin/sh\ncase "$*" in "env GOPATH") echo {folder} ;; "install {module}/cmd/pai-notify@v1.2.3") ;; *) echo "go $*" >&2; exit 9 ;; esac\n')
    (stub / "go").chmod(0o755)
    check((ROOT / "cmd/pai-notify/main.go").exists(), "the program has moved")
    env = {**env, "PATH": f"{stub}:{env['PATH']}", "PAI_NOTIFY_VERSION": "v1.2.3", "REGION": place["REGION"], "PLACE": f"--bus aliyun --region {place['REGION']}",
           "GITHUB_STEP_SUMMARY": str(folder / "summary"), "CI_BUILDS_DIR": str(folder), "CLOUD_TOKEN": "token"}
    document = folder / "workspace.yaml"
    for number, (name, script) in enumerate(scripts().items()):
        mine = (ROOT / "docs/workspace.yaml").read_text().replace("llm_lab", f"lab{number}")
        document.write_text(mine)

        def bash(which):
            return run(["bash", "-eo", "pipefail", "-c", script[which]], env, folder)

        planned = bash("plan")
        check(planned.returncode == 0 and "2 rules to create" in planned.stdout, f"{name}: plan ends with {planned.returncode}: {planned.stdout}{planned.stderr}")
        applied = bash("apply")
        check(applied.returncode == 0 and "Nothing to do" in applied.stdout, f"{name}: apply ends with {applied.returncode}: {applied.stdout}{applied.stderr}")
        check("Nothing to do" in bash("plan").stdout, f"{name}: plan has something to do after apply")
        document.write_text(mine.replace("job-failed", "job-fialed"))
        for which in ["plan", "apply"]:
            broken = bash(which)
            check(broken.returncode != 0 and "job-fialed" in broken.stdout + broken.stderr, f"{name}: {which} takes a broken document: {broken.stdout}")


def wait(ready, process, what):
    until = time.monotonic() + 60
    while not ready():
        check(process.poll() is None and time.monotonic() < until, f"{what} does not start")
        time.sleep(0.05)


def main():
    program = str(ROOT / "build/pai-notify")
    started = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            # What its own document names, the functions may read.
            (folder / "other.yaml").write_text((ROOT / "docs/workspace.yaml").read_text().replace("llm_lab", "other"))
            secrets = {"DINGTALK_WEBHOOK": "https://oapi.dingtalk.com/robot/send?access_token=x", "DINGTALK_SIGNING_KEY": "SEC1", "SMTP_PASSWORD": "p4ssw0rd"}
            up = subprocess.Popen([program, "up", "-w", str(folder / "other.yaml"), "--data", str(folder / "bus")],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(**secrets))
            started.append(up)
            running = folder / "bus/local.json"
            wait(running.exists, up, "the local bus")
            bus = json.loads(running.read_text())
            wrapper = folder / "aliyun"
            wrapper.write_text(f'#!/bin/sh\ncase $1 in policy) exec {program} "$@" ;; *) exec {program} "$@" --endpoint {bus["endpoint"]} ;; esac\n')
            wrapper.chmod(0o755)
            aliyun = {"REGION": bus["region"], "QUEUE": f"acs:mns:{bus['region']}:{bus['account_id']}:/queues/pai-notify-undelivered"}
            env = environment(ALIBABA_CLOUD_ACCESS_KEY_ID=bus["access_key_id"], ALIBABA_CLOUD_ACCESS_KEY_SECRET=bus["access_key_secret"])
            resources = check_module("aliyun", aliyun, str(wrapper), env)
            check_pipelines(aliyun, str(wrapper), env, folder)

            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            moto = subprocess.Popen([sys.argv[1], "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            started.append(moto)

            def answers():
                try:
                    http.client.HTTPConnection("127.0.0.1", port, timeout=5).request("GET", "/")
                    return True
                except OSError:
                    return False

            wait(answers, moto, "moto")
            aws = {"REGION": "eu-central-1", "QUEUE": "arn:aws:sqs:eu-central-1:123456789012:pai-notify-bus-dead-letters"}
            env = environment(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")
            resources += check_module("aws", aws, program, env)
        finally:
            for process in started:
                process.terminate()
                process.wait()
    print(f"docs/examples: {resources} resources of Terraform have the arguments that their providers take, and their commands make and remove the rules; pipelines of {len(scripts())} platforms plan, apply and refuse.\n"
          "Not run: Terraform, its providers, and the pipelines' platforms.")


if __name__ == "__main__":
    main()
