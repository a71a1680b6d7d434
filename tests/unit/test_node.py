"""Questions to a node: bounded, repeated where that helps, and without a word of its URL."""

import shutil
import ssl
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests import fake_node
from tests.fake_node import FakeNode
from weakstate import Budget, BudgetExceeded, NodeError
from weakstate.witness import rpc
from weakstate.witness.rpc import Node

SECRETS = ("ada@home", "s3cret:/", "k3y0fthisnode", "t0ken0fthisnode", "YWRhQGhvbWU6")
PASSING = {
    "429": fake_node.status(429),
    "500": fake_node.status(500),
    "503 with an error": fake_node.status_with(503, {"code": -32000, "message": "busy"}),
    "limit exceeded": fake_node.changed(error={"code": -32005, "message": "slowly"}),
    "connection dropped": fake_node.dropped,
    "truncated": fake_node.truncated,
    "truncated gzip": fake_node.truncated_zip,
}
LASTING = {
    "error": fake_node.changed(error={"code": -32000, "message": "missing trie node"}),
    "error that is no object": fake_node.changed(error="no"),
    "404": fake_node.status(404),
    "403 with an error": fake_node.status_with(403, {"code": -32601, "message": "not for you"}),
    "204": fake_node.status(204),
    "null": fake_node.changed(result=None),
    "other id": fake_node.changed(id=999),
    "no JSON": fake_node.body(b"<html>welcome</html>"),
    "no UTF-8": fake_node.body(b'{"result": "\xff"}'),
    "a list": fake_node.body(b"[]"),
    "deep": fake_node.body(b"[" * 100_000),
    "nothing": fake_node.body(b""),
}


@pytest.fixture
def fake():
    with FakeNode([], 7, {}, fake_node.lists) as node:
        yield node


@pytest.fixture
def waits(monkeypatch):
    """Seconds that were to be waited, and are not."""
    asked = []
    monkeypatch.setattr(rpc.time, "sleep", asked.append)
    return asked


def ask(fake, **options):
    return Node(fake.origin, **options).call("eth_chainId")


def refusal(fake, **options):
    with pytest.raises(NodeError) as caught:
        ask(fake, **options)
    return caught.value


@pytest.mark.parametrize("move", [fake_node.honest, fake_node.zipped])
def test_a_result_is_given_out(fake, move):
    fake.moves = [move]
    assert ask(fake) == "0x7"


@pytest.mark.parametrize("move", PASSING.values(), ids=PASSING)
def test_passing_trouble_is_asked_again(fake, waits, move):
    fake.moves = [move, move]
    assert ask(fake) == "0x7"
    assert len(fake.asked) == 3
    assert len(waits) == 2


@pytest.mark.parametrize("move", PASSING.values(), ids=PASSING)
def test_lasting_trouble_ends_after_the_last_attempt(fake, waits, move):
    fake.always["eth_chainId"] = move
    assert refusal(fake, retries=2).code == "node_unreachable"
    assert len(fake.asked) == 3


@pytest.mark.parametrize("move", LASTING.values(), ids=LASTING)
def test_what_will_not_change_is_not_asked_again(fake, move):
    fake.moves = [move]
    assert refusal(fake).code in ("node_refused", "wrong_answer")
    assert len(fake.asked) == 1


def test_waits_grow_and_differ(fake, waits):
    fake.always["eth_chainId"] = fake_node.status(503)
    refusal(fake, retries=9)
    for index, wait in enumerate(waits):
        longest = min(rpc.FIRST_WAIT * 2**index, rpc.LONGEST_WAIT)
        assert longest / 2 <= wait <= longest
    assert len(set(waits)) == 9


@pytest.mark.parametrize(
    ("asked", "wait"), [("7", 7), ("86400", rpc.LONGEST_WAIT), ("Fri, 01 Jan 2100", None)]
)
def test_a_node_may_say_how_long_to_wait(fake, waits, asked, wait):
    fake.moves = [fake_node.status(429, Retry_After=asked)]
    assert ask(fake) == "0x7"
    assert waits == [wait] if wait else waits[0] <= rpc.FIRST_WAIT


def test_no_node_is_unreachable(waits):
    with pytest.raises(NodeError, match="Connection refused") as caught:
        Node("http://127.0.0.1:1", retries=1).call("eth_chainId")
    assert caught.value.code == "node_unreachable"


@pytest.mark.parametrize("move", [fake_node.endless, fake_node.zip_bomb])
def test_an_answer_is_read_up_to_the_budget(fake, move):
    fake.moves = [move]
    with pytest.raises(BudgetExceeded, match="input_too_large"):
        ask(fake, budget=Budget(bytes=3_000_000))


def test_values_are_counted_before_they_take_memory(fake):
    fake.moves = [fake_node.body(b'{"result":[' + b"{}," * 100_000 + b"{}]}")]
    with pytest.raises(BudgetExceeded, match="too_many_nodes"):
        ask(fake, budget=Budget(nodes=1))


@pytest.mark.parametrize("move", [fake_node.drip_body, fake_node.drip_headers, fake_node.silent])
def test_time_is_up_however_slowly_an_answer_trickles(fake, waits, move):
    fake.always["eth_chainId"] = move
    error = refusal(fake, timeout=0.3, retries=1)
    assert error.code == "node_unreachable"
    assert "0.3 s" in error.actual or "in time" in error.actual
    assert len(fake.asked) == 2


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["{0}/elsewhere?key=k3y0fthisnode", "file:///etc/passwd", "//"])
def test_redirects_are_not_followed(fake, code, target):
    fake.moves = [fake_node.status(code, Location=target.format(fake.origin))]
    error = refusal(fake)
    assert error.code == "node_refused"
    assert f"HTTP {code}" in error.actual
    assert "k3y" not in str(error)
    assert len(fake.asked) == 1


@pytest.mark.parametrize(
    "move",
    [*map(fake_node.echo, (200, 403, 503)), *PASSING.values(), *LASTING.values()],
    ids=["echo", "echo of 403", "echo of 503", *PASSING, *LASTING],
)
def test_no_error_quotes_the_url(fake, waits, move):
    fake.always["eth_chainId"] = move
    place = fake.origin.removeprefix("http://")
    said = []
    node = Node(
        f"http://ada%40home:s3cret%3A%2F@{place}/v2/k3y0fthisnode?key=t0ken0fthisnode",
        retries=1,
        progress=lambda *told: said.append(told),
    )
    with pytest.raises(NodeError) as caught:
        node.call("eth_chainId")
    told = f"{caught.value} {caught.value!r} {node!r} {node.origin} {said}"
    for secret in (*SECRETS, "ada%40", "s3cret"):
        assert secret not in told
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert place in told


def test_name_and_password_are_sent_as_basic_authentication(fake):
    place = fake.origin.removeprefix("http://")
    Node(f"http://ada%40home:s3cret%3A%2F@{place}/a?b=c").call("eth_chainId")
    assert fake.headers[0]["Authorization"] == "Basic YWRhQGhvbWU6czNjcmV0Oi8="
    assert "@" not in fake.headers[0]["Host"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8545",
        "file:///etc/passwd",
        "ftp://host/k3y0fthisnode",
        "ws://host/k3y0fthisnode",
        "http://",
        "http:///k3y0fthisnode",
        "http://host:k3y0fthisnode",
        "http://host:99999/k3y0fthisnode",
        "http://[::1/k3y0fthisnode",
        "http://host/k3y0fthisnode\r\nX: y",
        "http://host/k3y0fthisnode x",
        "http://höst/k3y0fthisnode",
        f"http://{'a' * 64}.org/k3y0fthisnode",
    ],
)
def test_what_is_no_url_is_the_callers_mistake(url):
    with pytest.raises(ValueError, match=r"URL|http") as caught:
        Node(url)
    assert "k3y" not in str(caught.value)


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl to make a certificate")
def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(tmp_path):
    paths = [tmp_path / "key", tmp_path / "certificate"]
    command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 1 -keyout"
    subprocess.run([*command.split(), paths[0], "-out", paths[1]], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(paths[1], paths[0])
    server = HTTPServer(("localhost", 0), BaseHTTPRequestHandler)
    server.handle_error = lambda *_: None
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.handle_request, daemon=True).start()
    try:
        with pytest.raises(NodeError, match="certificate") as caught:
            Node(f"https://localhost:{server.server_port}").call("eth_chainId")
        assert caught.value.code == "node_refused"
    finally:
        server.server_close()


def test_questions_are_json_rpc(fake):
    node = Node(fake.origin)
    with pytest.raises(NodeError, match="-32601"):
        node.call("a_method", "0x1", True)
    node.call("eth_chainId")
    assert fake.asked == [("a_method", ["0x1", True]), ("eth_chainId", [])]
    assert fake.headers[0].get_content_type() == "application/json"
