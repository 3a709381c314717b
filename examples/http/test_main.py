# `kilopy test` runs every function whose name begins with test_. This file stays out of the image.
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
    writer.write(b"GET / HTTP/1.0\r\nHost: test\r\n\r\n")
    await writer.drain()
    answer = await reader.read(-1)
    writer.close()
    server.close()
    assert answer.startswith(b"HTTP/1.0 200 OK\r\n")
