"""Receives model events and verifies their signature.

    WEBHOOK_SECRET=whsec_... PORT=8080 python3 receiver.py
"""
import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
seen = set()  # a store that outlives the program, in earnest


def verified(headers, body):
    id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id or not at.isdecimal() or abs(time.time() - int(at)) > 300:
        return False
    digest = hmac.new(KEY, f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
    want = "v1," + base64.b64encode(digest).decode()
    signatures = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(one.encode(), want.encode()) for one in signatures)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > 1 << 20:
            return self.answer(413)
        body = self.rfile.read(length)
        if not verified(self.headers, body):
            return self.answer(401)
        try:
            event = json.loads(body)
        except ValueError:
            return self.answer(400)
        if self.headers.get_content_type() != "application/cloudevents+json":
            # Binary mode: the body is the data. The headers are not signed.
            event = {"type": unquote(self.headers.get("ce-type", "")), "data": event}
        if self.headers["webhook-id"] not in seen:  # else sent again: an answer got lost
            print(event["type"], event["data"]["ModelName"], event["data"]["VersionName"], flush=True)
            seen.add(self.headers["webhook-id"])
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("", int(os.environ["PORT"])), Receiver)
print("listening on", server.server_address[1], flush=True)
server.serve_forever()
