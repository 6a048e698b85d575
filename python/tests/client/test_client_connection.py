"""How the client reaches a service: tokens and certificates, against gRPC's own server, which shows what came."""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest

from remotemedia.client import AsyncClient, Client, Tls
from remotemedia.client._connection import GET_VERSION
from remotemedia.errors import AuthError, ServiceError, SessionError, VersionError
from remotemedia.wire import remotemedia_pb2 as wire


@contextmanager
def server(answer, credentials=None):
    """A server whose GetVersion answers with what `answer(context)` returns; gives its port."""
    method = grpc.unary_unary_rpc_method_handler(
        lambda _, context: answer(context), wire.VersionRequest.FromString, wire.VersionResponse.SerializeToString
    )
    service, name = GET_VERSION.strip("/").split("/")
    running = grpc.server(ThreadPoolExecutor(2))
    running.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {name: method}),))
    if credentials is None:
        port = running.add_insecure_port("127.0.0.1:0")
    else:
        port = running.add_secure_port("127.0.0.1:0", credentials)
    running.start()
    try:
        yield port
    finally:
        running.stop(None).wait()


def tell_headers(context):
    headers = dict(context.invocation_metadata())
    info = wire.VersionInfo(runtime_version=headers.get("authorization", "none"))
    return wire.VersionResponse(version_info=info, compatible=True)


async def test_a_token_goes_with_every_call_and_is_not_shown():
    with server(tell_headers) as port:
        with Client(f"127.0.0.1:{port}", token="s3cret") as client:
            assert client.version().runtime_version == "Bearer s3cret"
            assert "s3cret" not in repr(client)
        async with AsyncClient(f"127.0.0.1:{port}", token="s3cret") as client:
            assert (await client.version()).runtime_version == "Bearer s3cret"
        with Client(f"127.0.0.1:{port}") as client:
            assert client.version().runtime_version == "none"


@pytest.mark.parametrize("token", ["", "line\nbreak", "tökën"])
def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(token):
    with pytest.raises(ValueError, match="the token is empty or has") as caught:
        Client("127.0.0.1:1", token=token)
    assert not token or token not in str(caught.value)


def refuse(context):
    context.abort(grpc.StatusCode.UNAUTHENTICATED, "no token")


def test_a_refusal_and_another_version_are_errors_of_their_own():
    with server(refuse) as port, Client(f"127.0.0.1:{port}") as client, pytest.raises(AuthError, match="no token"):
        client.version()
    other = wire.VersionResponse(compatible=False, compatibility_message="this is v9")
    with server(lambda _: other) as port, Client(f"127.0.0.1:{port}") as client:
        with pytest.raises(VersionError, match="this is v9"):
            client.version()
    # A server that is something else.
    with server(tell_headers) as port, Client(f"127.0.0.1:{port}") as client:
        with pytest.raises(ServiceError, match="cannot be reached: Method not found"):
            client.execute("{}")


def test_a_service_that_does_not_answer_runs_into_the_timeout():
    def wait(context):
        while context.is_active():
            context.time_remaining()
        return wire.VersionResponse()

    with server(wait) as port, Client(f"127.0.0.1:{port}") as client, pytest.raises(SessionError) as caught:
        client.version(timeout=0.3)
    assert caught.value.code == "session.deadline"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, and certificates of it for `localhost` and for a client."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not there to make certificates")
    folder = tmp_path_factory.mktemp("certificates")

    def make(*args):
        subprocess.run([openssl, *args], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    make("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority")
    (folder / "names").write_text("subjectAltName=DNS:localhost")
    for name in ("server", "client"):
        make("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        issuer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"]
        make("x509", "-req", "-in", f"{name}.csr", *issuer, "-out", f"{name}.pem")
    return folder


@contextmanager
def secure_server(folder, *, mutual):
    read = {each: (folder / each).read_bytes() for each in ("server.key", "server.pem", "ca.pem")}
    pair = [(read["server.key"], read["server.pem"])]
    with server(tell_headers, grpc.ssl_server_credentials(pair, read["ca.pem"] if mutual else None, mutual)) as port:
        yield port


async def test_tls_trusts_the_given_authority_and_nobody_else(certificates):
    tls = Tls(ca=certificates / "ca.pem")
    with secure_server(certificates, mutual=False) as port:
        with Client(f"localhost:{port}", tls=tls, token="t") as client:
            assert client.version().runtime_version == "Bearer t"
        async with AsyncClient(f"localhost:{port}", tls=tls) as client:
            assert (await client.version()).runtime_version == "none"
        named = Tls(ca=(certificates / "ca.pem").read_bytes(), server_name="localhost")
        with Client(f"127.0.0.1:{port}", tls=named) as client:
            assert client.version().runtime_version == "none"
        # The system's authorities do not know this one; another name is another service; without TLS there is no talk.
        for address, other in ((f"localhost:{port}", True), (f"127.0.0.1:{port}", tls), (f"localhost:{port}", None)):
            with Client(address, tls=other) as client, pytest.raises(ServiceError, match="cannot be reached"):
                client.version(timeout=5)


def test_mutual_tls_needs_the_clients_certificate(certificates):
    ca, cert, key = (str(certificates / each) for each in ("ca.pem", "client.pem", "client.key"))
    with secure_server(certificates, mutual=True) as port:
        with Client(f"localhost:{port}", tls=Tls(ca=ca, cert=cert, key=key)) as client:
            assert client.version().runtime_version == "none"
        with Client(f"localhost:{port}", tls=Tls(ca=ca)) as client, pytest.raises(ServiceError):
            client.version(timeout=5)
    assert "client.key" not in repr(Tls(ca=ca, cert=cert, key=key))
    with pytest.raises(ValueError, match="both cert and key"):
        Tls(cert=cert)
    with pytest.raises(FileNotFoundError):
        Client("localhost:1", tls=Tls(ca=certificates / "none.pem"))
