"""A fake model provider that verifies what it gets and misbehaves on request."""
import http.server
import json
import threading
import time


def event(kind, **fields):
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def message(text):
    item = {"type": "message", "id": "msg_1", "role": "assistant",
            "content": [{"type": "output_text", "text": text}]}
    return event("response.output_item.done", output_index=0, item=item)


def tool_call(command):
    item = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "exec_command",
            "arguments": json.dumps({"cmd": command})}
    return event("response.output_item.done", output_index=0, item=item)


def completed():
    usage = {"input_tokens": 11, "input_tokens_details": {"cached_tokens": 3}, "output_tokens": 7, "total_tokens": 18}
    return event("response.completed", response={"id": "resp_1", "usage": usage})


def created():
    return event("response.created", response={"id": "resp_1"})


class FakeProvider:
    """`script` decides each answer: a function from the decoded request to (status, list of chunks).
    A chunk may be bytes, a number of seconds to wait, or "cut" to drop the connection."""

    def __init__(self, key):
        self.key = key
        self.requests = []
        self.reset()
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                provider.answer(self, body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    def start(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()

    def reset(self):
        self.requests.clear()
        self.script = lambda request: (200, [created(), message("Hello from the provider."), completed()])

    def answer(self, handler, body):
        request = {"path": handler.path, "headers": [(k.lower(), v) for k, v in handler.headers.items()],
                   "body": json.loads(body)}
        self.requests.append(request)
        if handler.headers.get_all("authorization") != [f"Bearer {self.key}"]:
            return self.send(handler, 401, [b'{"error":{"message":"Incorrect API key provided."}}'])
        status, chunks = self.script(request)
        self.send(handler, status, chunks)

    def send(self, handler, status, chunks):
        handler.send_response(status)
        kind = "text/event-stream" if status == 200 else "application/json"
        handler.send_header("content-type", kind)
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for chunk in chunks:
            if chunk == "cut":
                handler.wfile.flush()
                handler.connection.shutdown(2)
                handler.close_connection = True
                return
            if isinstance(chunk, (int, float)):
                time.sleep(chunk)
                continue
            try:
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                handler.wfile.flush()
            except OSError:
                handler.close_connection = True
                return
        handler.wfile.write(b"0\r\n\r\n")
