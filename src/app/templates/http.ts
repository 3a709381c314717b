import type { Template } from './template.ts';

export const http: Template = {
  summary: 'a web server on port 8080',
  files: (name) => ({
    'main.py': `# A small web server. Try it with: curl http://127.0.0.1:8080/
import asyncio
import gc
import json
import time

# Memory is tidied after every 16 kB, not only when it is full: the server then holds less than half a megabyte.
gc.threshold(16000)

PORT = 8080
STARTED = time.time()


def respond(method, path):
    """Give status, content type and text for one request. Your own pages go here."""
    if method != "GET":
        return "405 Method Not Allowed", "text/plain", "only GET is answered here\\n"
    if path == "/":
        return "200 OK", "text/plain", "Hello from MicroPython\\n"
    if path == "/status":
        return "200 OK", "application/json", json.dumps({"uptime": time.time() - STARTED})
    return "404 Not Found", "text/plain", "there is nothing at " + path + "\\n"


async def read_request(reader):
    """Read one request as far as its headers, and give method and path."""
    method, path, _ = (await reader.readline()).decode().split()
    # An empty line ends the headers. They are not used here, and no more than 64 are read.
    for _ in range(64):
        if (await reader.readline()).strip() == b"":
            return method, path
    raise ValueError("too many headers")


async def serve(reader, writer):
    """Answer one connection. asyncio calls this for each, while the others wait their turn."""
    try:
        try:
            # Somebody who sends nothing is not waited for.
            method, path = await asyncio.wait_for(read_request(reader), 10)
            status, kind, text = respond(method, path)
        except Exception:
            status, kind, text = "400 Bad Request", "text/plain", "this is not HTTP\\n"
        body = text.encode()
        head = "HTTP/1.0 {}\\r\\nContent-Type: {}\\r\\nContent-Length: {}\\r\\n\\r\\n"
        writer.write(head.format(status, kind, len(body)).encode() + body)
        await writer.drain()
    except OSError:
        pass  # The other side has gone.
    finally:
        writer.close()
        await writer.wait_closed()


async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", PORT)
    print("listening on port", PORT)
    await server.wait_closed()


# Tests import this file too, and must not start the server.
if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        # Ctrl-C, and \`docker stop\`: kilopy's images ask for SIGINT.
        print("stopped")
`,
    'test_main.py': `# \`kilopy test\` runs every function whose name begins with test_. This file stays out of the image.
import asyncio
import json

import main


def test_greets():
    status, kind, text = main.respond("GET", "/")
    assert status == "200 OK"
    assert "MicroPython" in text


def test_status_is_json():
    status, kind, text = main.respond("GET", "/status")
    assert kind == "application/json"
    assert json.loads(text)["uptime"] >= 0


def test_says_what_is_not_there():
    assert main.respond("GET", "/nothing")[0] == "404 Not Found"
    assert main.respond("POST", "/")[0] == "405 Method Not Allowed"


async def test_answers_over_the_network():
    server = await asyncio.start_server(main.serve, "127.0.0.1", 18080)
    reader, writer = await asyncio.open_connection("127.0.0.1", 18080)
    writer.write(b"GET / HTTP/1.0\\r\\nHost: test\\r\\n\\r\\n")
    await writer.drain()
    answer = await reader.read(-1)
    writer.close()
    server.close()
    assert answer.startswith(b"HTTP/1.0 200 OK\\r\\n")
`,
    'kilopy.yaml': `# Optional: every key has a default.
name: ${name}
ports: [8080]
`,
  }),
};
