"""An HTTP proxy in front of one server that does to chosen requests what servers and networks do."""
import http.client
import http.server
import threading
import time

FAULTS = ["500", "502", "503", "429", "408", "504", "cut-before", "cut-after", "half", "drip", "twice", "corrupt", "noise"]


class Proxy:
    """`plan` maps the number of a request (from 0) to a fault; each is told once."""

    def __init__(self, upstream):
        self.upstream, self.plan, self.armed, self.count, self.seen = upstream, {}, {}, 0, []
        self.lock = threading.Lock()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_any(self):
                proxy.handle(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = handle_any

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def arm(self, plan):
        with self.lock:
            self.plan, self.armed, self.count, self.seen = dict(plan), dict(plan), 0, []

    def forward(self, handler, body):
        host, port = self.upstream.split("//")[1].split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        connection.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
        for name, value in handler.headers.items():
            if name.lower() != "connection":
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        headers = [(k, v) for k, v in answer.getheaders() if k.lower() not in ("transfer-encoding", "connection")]
        connection.close()
        return answer.status, headers, content

    @staticmethod
    def write(handler, status, headers, content):
        lines = [f"HTTP/1.1 {status} X"] + [f"{k}: {v}" for k, v in headers]
        if not any(k.lower() == "content-length" for k, _ in headers):
            lines.append(f"Content-Length: {len(content)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        return head + (b"" if handler.command == "HEAD" else content)

    def handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        with self.lock:
            fault = self.plan.pop(self.count, None)
            self.seen.append((handler.command, handler.path))
            self.count += 1
        out = handler.wfile
        if fault in ("500", "502", "503", "429", "408", "504"):
            hint = [("Retry-After", "0")] if fault in ("503", "429") else []
            out.write(self.write(handler, int(fault), hint, b"<Error><Code>InternalError</Code></Error>"))
            return
        if fault == "cut-before":
            handler.close_connection = True
            return
        if fault == "noise":
            out.write(b"\x00\xff nothing that speaks HTTP\r\n\r\n")
            handler.close_connection = True
            return
        if fault == "corrupt" and body and handler.command == "PUT":
            body = body[:-1] + bytes([body[-1] ^ 1])
        status, headers, content = self.forward(handler, body)
        data = self.write(handler, status, headers, content)
        if fault == "cut-after":  # it was done, and nobody hears of it
            handler.close_connection = True
            return
        if fault == "half":
            out.write(data[:max(20, len(data) // 2)])
            handler.close_connection = True
            return
        if fault == "drip":
            for i in range(0, len(data), 16):
                out.write(data[i:i + 16])
                out.flush()
                time.sleep(0.002)
            return
        out.write(data)
        if fault == "twice":
            out.write(data)
