"""Runs a command in an account of Alibaba Cloud on this machine: aliyun.py COMMAND…

The account is TestServeAnAccountForThePages. `s` is the real one, with .ci/fc3 in
place of its component. `aliyun`, which no registry has, is this file too: it signs
and sends what the real one would send, without knowing which parameters an action
has. build/pai-notify is given the account's address.
"""

import base64
import hashlib
import hmac
import json
import os
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

# The versions of the products' APIs.
VERSIONS = {"ram": "2015-05-01", "sts": "2015-04-01", "mns-open": "2022-01-19", "cms": "2019-01-01", "resourcemanager": "2020-03-31", "eventbridge": "2020-04-01"}
NOTES = [
    "Alibaba Cloud is an account on this machine: EventBridge is the local bus; Function Compute runs the executables under its runtime API and does not repeat what failed; KMS, MNS, Tablestore, CloudMonitor and the alert rules of Simple Log Service check signatures and do what the page asks for; no minute passes by itself; what `aliyun` makes is noted by its name",
    "aliyun signs and sends the call; whether an action has these parameters is not known here",
    "s is Serverless Devs with a component of this project in place of fc3, whose properties are checked against its schema's limits",
]
COMMANDS = "plan apply delete status rules enable disable test publish secrets learn history dead".split()


def stage():
    tmp, root = Path(os.environ["PAGES_TMP"]), Path(os.environ["PAGES_ROOT"])
    (tmp / "functions").mkdir()
    (tmp / "notes").write_text("\n".join(NOTES) + "\n")
    server = tmp / "account.test"
    # With the flags of make build, whose packages need not be compiled again then.
    subprocess.run(["go", "test", "-c", "-trimpath", "-buildvcs=false", "-o", server, "./shared/provision/cloud"], cwd=root, check=True, env={**os.environ, "CGO_ENABLED": "0"})
    serving = subprocess.Popen([server, "-test.run", "^TestServeAnAccountForThePages$", "-test.timeout", "0"], cwd=root / "shared/provision/cloud",
                               stdin=subprocess.PIPE, env={**os.environ, "PAI_NOTIFY_PAGES": str(tmp)})
    address = tmp / "address"
    while not address.exists():  # however long it takes on a machine with more to do; the page has its limit
        if serving.poll() is not None:
            sys.exit("aliyun.py: the account ended before it served")
        time.sleep(0.05)
    at = address.read_text()
    ledger = (tmp / "ledger").read_text()
    os.environ.update(ALIYUN_ADDRESS=at, MNS_ENDPOINT=at, PAGES_ROBOT=at)
    home = Path(os.environ["HOME"])
    (home / ".s").mkdir()
    (home / ".s/set-config.yml").write_text("analysis: disable\n")
    script(tmp / "bin/aliyun", f'exec {sys.executable} {Path(__file__).resolve()} --aliyun "$@"')
    script(tmp / "bin/s", f'export FC3_COMPONENT={root}/.ci/fc3 DEPLOYED=/dev/null PAGES_TMP={tmp}\nexec {root}/.tools/node/node_modules/.bin/s "$@"')
    program = Path("build/pai-notify")
    program.rename("build/pai-notify.real")
    script(program, f'real=$(dirname "$0")/pai-notify.real\ncase " {" ".join(COMMANDS)} " in *" $1 "*) case " $* " in *" --bus aliyun "*) [ -z "$PAI_NOTIFY_LEDGER" ] || export PAI_NOTIFY_LEDGER={ledger}; exec "$real" "$@" --endpoint {at} ;; esac ;; esac\nexec "$real" "$@"')
    sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)


def script(path, text):
    path.write_text("#!/bin/sh\n" + text + "\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def aliyun(product, action, *rest):
    """What `aliyun PRODUCT Action --Name value …` sends, in the older signature, which it uses."""
    config = Path.home() / ".aliyun/config.json"
    given = {name.removeprefix("--"): value for name, value in zip(rest[::2], rest[1::2], strict=True)}
    if (product, action) == ("configure", "set"):
        config.parent.mkdir(exist_ok=True)
        config.write_text(json.dumps({"current": "default", "profiles": [{"name": "default", "mode": "AK", "access_key_id": given["access-key-id"],
                                      "access_key_secret": given["access-key-secret"], "region_id": given["region"]}]}))
        return
    profile = json.loads(config.read_text())["profiles"][0]
    region = given.pop("region", profile["region_id"])
    parameters = {**given, "Action": action, "Version": VERSIONS[product], "Format": "JSON", "RegionId": region, "AccessKeyId": profile["access_key_id"], "SignatureMethod": "HMAC-SHA1",
                  "SignatureVersion": "1.0", "SignatureNonce": str(uuid.uuid4()), "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    query = "&".join(f"{escape(k)}={escape(v)}" for k, v in sorted(parameters.items()))
    signed = hmac.new((profile["access_key_secret"] + "&").encode(), f"GET&%2F&{escape(query)}".encode(), hashlib.sha1).digest()
    url = f"{os.environ['ALIYUN_ADDRESS']}/?{query}&Signature={escape(base64.b64encode(signed).decode())}"
    try:
        with urllib.request.urlopen(url) as answer:
            body = answer.read().decode()
    except urllib.error.HTTPError as e:
        sys.exit("ERROR: SDK.ServerError\n" + e.read().decode())
    print(body)
    if json.loads(body).get("Code", "Success") not in ("Success", "200"):
        sys.exit(1)


def escape(text):
    return urllib.parse.quote(text, safe="~")


if __name__ == "__main__":
    aliyun(*sys.argv[2:]) if sys.argv[1] == "--aliyun" else stage()
