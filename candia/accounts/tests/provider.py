"""A small OpenID Connect provider on loopback: one person, answering as the test told it to."""

import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass
class Idp:
    """What the provider says of its one person; `authorize` is that person's consent in the browser."""

    url: str = ""
    claims: dict = field(default_factory=dict)
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    codes: dict = field(default_factory=dict)

    def authorize(self, address: str) -> str:
        """Follow the city's redirect as a browser would; answers with the way back to the city."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(self.url + "/authorize?")
        assert "openid" in asked["scope"].split()
        code = secrets.token_hex(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def token(self, form: dict) -> dict:
        asked = self.codes.pop(form["code"])
        now = int(time.time())
        body = {"iss": self.url, "aud": asked["client_id"], "iat": now, "exp": now + 60, **self.claims}
        signed = jwt.encode(body, self.key, algorithm="RS256", headers={"kid": "1"})
        return {"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": signed}

    def answer(self, path: str, form: dict) -> dict:
        numbers = self.key.public_key().public_numbers()
        return {
            "/.well-known/openid-configuration": lambda: {
                "issuer": self.url,
                "authorization_endpoint": self.url + "/authorize",
                "token_endpoint": self.url + "/token",
                "userinfo_endpoint": self.url + "/userinfo",
                "jwks_uri": self.url + "/jwks",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            },
            "/token": lambda: self.token(form),
            "/userinfo": lambda: self.claims,
            "/jwks": lambda: {"keys": [{"kty": "RSA", "kid": "1", "n": b64(numbers.n), "e": b64(numbers.e)}]},
        }[path]()


def b64(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode().rstrip("=")


@contextmanager
def serving(idp: Idp) -> Iterator[Idp]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self, form: dict | None = None) -> None:
            body = json.dumps(idp.answer(urlsplit(self.path).path, form or {})).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.do_GET({name: values[0] for name, values in parse_qs(text).items()})

        def log_message(self, *told: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        idp.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield idp
        finally:
            server.shutdown()
            thread.join()
