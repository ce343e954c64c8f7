"""Takes what was not delivered out of the MNS queue that keeps it on Alibaba Cloud.

  undelivered.py receive FILE   writes one message to FILE, and what deletes it to FILE.handle
  undelivered.py delete FILE    deletes that message and both files; while the queue still hides it

The queue is PAI_NOTIFY_DEAD_LETTER, an ARN; the key that may do it is in
ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, with
ALIBABA_CLOUD_SECURITY_TOKEN where it is a temporary one. It needs
mns:ReceiveMessage and mns:DeleteMessage. MNS_ENDPOINT is another address.
"""

import base64
import email.utils
import hashlib
import hmac
import json
import os
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path
from xml.etree import ElementTree

VERSION = "2015-06-06"


def call(method, resource):
    """Makes a signed request (MNS API reference, Signature) and returns the members of its answer."""
    date = email.utils.formatdate(usegmt=True)
    text = f"{method}\n\n\n{date}\nx-mns-version:{VERSION}\n{resource}"
    signature = base64.b64encode(hmac.new(os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"].encode(), text.encode(), hashlib.sha1).digest()).decode()
    headers = {"Date": date, "x-mns-version": VERSION, "Authorization": f"MNS {os.environ['ALIBABA_CLOUD_ACCESS_KEY_ID']}:{signature}"}
    if token := os.environ.get("ALIBABA_CLOUD_SECURITY_TOKEN"):
        headers["security-token"] = token
    try:
        with urllib.request.urlopen(urllib.request.Request(ENDPOINT + resource, method=method, headers=headers), timeout=60) as answer:
            body = answer.read()
    except urllib.error.HTTPError as e:
        members = members_of(e.read())
        if members.get("Code") == "MessageNotExist":
            sys.exit("The queue is empty, or its messages are hidden because somebody has just received them.")
        sys.exit(f"MNS refuses: {members.get('Code', e.code)} {members.get('Message', '')}")
    return members_of(body)


def members_of(xml):
    if not xml.strip():
        return {}
    return {member.tag.split("}")[-1]: member.text or "" for member in ElementTree.fromstring(xml)}


def main():
    match sys.argv[1:]:
        case ["receive", file]:
            message = call("GET", f"{QUEUE}/messages?waitseconds=5")
            body = message["MessageBody"]
            try:
                json.loads(body)
            except ValueError:  # some senders encode it
                body = base64.b64decode(body).decode()
            Path(file).write_text(body)
            Path(file + ".handle").write_text(message["ReceiptHandle"])
        case ["delete", file]:
            call("DELETE", f"{QUEUE}/messages?ReceiptHandle={Path(file + '.handle').read_text()}")
            Path(file).unlink()
            Path(file + ".handle").unlink()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    found = re.fullmatch(r"acs:mns:([a-z0-9-]+):([0-9]+):(/queues/[A-Za-z0-9-]+)", os.environ.get("PAI_NOTIFY_DEAD_LETTER", ""))
    if not found:
        sys.exit("PAI_NOTIFY_DEAD_LETTER is not the ARN of a queue: set -a; . ./deploy.env; set +a")
    if not os.environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID") or not os.environ.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
        sys.exit("ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are both needed")
    region, account, QUEUE = found.groups()
    ENDPOINT = os.environ.get("MNS_ENDPOINT") or f"https://{account}.mns.{region}.aliyuncs.com"
    main()
