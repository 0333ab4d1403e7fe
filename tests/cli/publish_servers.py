#!/usr/bin/env python3
"""An S3 store and a Qdrant of Python's own library, for the ordinary tests. Prints the ports of the store, of the same store
under TLS (with the certificate and key of the file that is the first word), and of the Qdrant; then answers commands on standard
input: keys, rows, requests, fail N (the next N requests of the store end in 503), skew N (its clock is N seconds ahead), stop."""
import base64
import datetime
import email.utils
import hashlib
import http.server
import os
import ssl
import sys
import threading
import time
import urllib.parse
from xml.sax.saxutils import escape

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
import vector_servers


class Store:
    """Objects of one bucket: conditional writes, checksums compared, listing by pages of three."""

    def __init__(self, certificate):
        self.objects, self.requests, self.failing, self.skew, self.lock = {}, 0, 0, 0, threading.Lock()
        store = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def date_time_string(self, timestamp=None):
                return email.utils.formatdate(time.time() + store.skew, usegmt=True)

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                url = urllib.parse.urlsplit(self.path)
                with store.lock:
                    store.requests += 1
                    if store.failing:
                        store.failing -= 1
                        status, headers, content = 503, {"Retry-After": "0"}, store.error("SlowDown")
                    else:
                        query = urllib.parse.parse_qs(url.query, keep_blank_values=True)
                        path = urllib.parse.unquote(url.path)
                        status, headers, content = store.answer(self.command, path, query, self.headers, body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

        class Threads(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):  # who is killed ends no conversation
                pass

        self.port = self.serve(Threads(("127.0.0.1", 0), Handler))
        secure = Threads(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
        self.secure_port = self.serve(secure)

    @staticmethod
    def serve(server):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_address[1]

    @staticmethod
    def error(code):
        return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()

    def answer(self, method, path, query, headers, body):
        authorization = headers.get("Authorization", "")
        if "Credential=test-user/" not in authorization or "x-amz-content-sha256" not in authorization:
            return 403, {}, self.error("InvalidAccessKeyId")
        signed = datetime.datetime.strptime(headers["X-Amz-Date"] + "+0000", "%Y%m%dT%H%M%SZ%z").timestamp()
        if abs(signed - time.time() - self.skew) > 900:
            return 403, {}, self.error("RequestTimeTooSkewed")
        if hashlib.sha256(body).hexdigest() != headers["x-amz-content-sha256"]:
            return 400, {}, self.error("XAmzContentSHA256Mismatch")
        bucket, _, key = path[1:].partition("/")
        if bucket != "lake":
            return 404, {}, self.error("NoSuchBucket")
        return self.bucket(query) if key == "" else self.object(method, key, headers, body)

    def bucket(self, query):
        prefix, after = query["prefix"][0], query.get("continuation-token", [""])[0]
        keys = sorted(k for k in self.objects if k.startswith(prefix) and k > after)
        page = "".join(f"<Contents><Key>{escape(k)}</Key><Size>{len(self.objects[k][0])}</Size></Contents>" for k in keys[:3])
        end = "<IsTruncated>false</IsTruncated>"
        if len(keys) > 3:
            end = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{escape(keys[2])}</NextContinuationToken>"
        return 200, {}, f"<ListBucketResult>{page}{end}</ListBucketResult>".encode()

    def object(self, method, key, headers, body):
        there = self.objects.get(key)
        if method == "PUT":
            digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
            if headers["x-amz-checksum-sha256"] != digest:
                return 400, {}, self.error("BadDigest")
            if headers.get("If-None-Match") == "*" and there:
                return 412, {}, self.error("PreconditionFailed")
            self.objects[key] = (body, digest)
            return 200, {"ETag": f'"{hashlib.md5(body).hexdigest()}"', "x-amz-checksum-sha256": digest}, b""
        if method == "DELETE":
            self.objects.pop(key, None)
            return 204, {}, b""
        if there is None:
            return 404, {}, b"" if method == "HEAD" else self.error("NoSuchKey")
        return 200, {"Content-Length": str(len(there[0])), "ETag": '"x"', "x-amz-checksum-sha256": there[1]}, there[0]


def main():
    store, qdrant = Store(sys.argv[1]), vector_servers.Qdrant()
    print(store.port, store.secure_port, qdrant.port, flush=True)
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "keys":
            print(" ".join(sorted(store.objects)), flush=True)
        elif word == "rows":
            print(len(qdrant.rows), flush=True)
        elif word == "requests":
            print(store.requests + qdrant.requests, flush=True)
        elif word == "fail":
            store.failing = int(rest)
            print("ok", flush=True)
        elif word == "skew":
            store.skew = int(rest)
            print("ok", flush=True)
        elif word == "stop":
            return


if __name__ == "__main__":
    main()
