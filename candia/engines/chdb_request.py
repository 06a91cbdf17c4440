"""What a ClickHouse client asks over HTTP, read from its request; and how its errors are told.

Source: https://clickhouse.com/docs/interfaces/http
"""

from __future__ import annotations

import gzip
import re
import sys
import zlib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from importlib import import_module
from urllib.parse import parse_qsl

# How long the statement itself of an insert may be, in bytes.
LONGEST_INSERT = 256 * 1024
# How much a request may bring along, in bytes; whoever has more sends it in pieces.
MOST = 64 * 1024 * 1024
READS = {"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS"}
# Words of the transport, and settings that only a network server has a use for.
NOT_SETTINGS = {
    *(
        "query",
        "database",
        "default_format",
        "query_id",
        "user",
        "password",
        "quota_key",
        "stacktrace",
        "role",
    ),
    *(
        "session_id",
        "session_timeout",
        "session_check",
        "buffer_size",
        "wait_end_of_query",
        "compress",
        "decompress",
    ),
    *("client_protocol_version", "enable_http_compression", "http_zlib_compression_level"),
    *("send_progress_in_http_headers", "http_headers_progress_interval_ms"),
    *("cancel_http_readonly_queries_on_client_close",),
}
_comment = re.compile(rb"\s+|--[^\n]*\n?|#[ !][^\n]*\n?|/\*.*?\*/|\(", re.DOTALL)
_format = re.compile(rb"\bFORMAT\s+(\w+)", re.IGNORECASE)
# The FORMAT of an insert, and where its data begins; what is quoted is no keyword.
_quoted = rb"""`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|--[^\n]*"""
_insert_format = re.compile(
    rb"(?:" + _quoted + rb"""|[^`"'])*?\bFORMAT\s+(\w+)[ \t]*;?\r?\n?""", re.IGNORECASE | re.DOTALL
)
_name = re.compile(r"[A-Za-z_]\w*")


class Wrong(Exception):
    """A request that ClickHouse would refuse, with its code, name and HTTP status."""

    def __init__(self, code: int, name: str, text: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {text} ({name})")
        self.code = code


@dataclass(frozen=True)
class Ask:
    """One statement with all that goes with it; `sql` holds the inline data of an insert as well."""

    sql: bytes
    parameters: Mapping[str, str]
    settings: Mapping[str, str]
    database: str
    session: str
    session_timeout: float
    query_id: str
    default_format: str

    @property
    def verb(self) -> str:
        """The statement's first word, in capitals."""
        at = 0
        while blank := _comment.match(self.sql, at):
            at = blank.end()
        word = re.compile(rb"\w*").match(self.sql, at)
        return word.group().decode("ascii", "replace").upper() if word else ""

    @property
    def insert(self) -> tuple[str, str, bytes] | None:
        """For an insert that brings data along: the statement without its FORMAT, the format, the data."""
        found = _insert_format.match(self.sql[:LONGEST_INSERT]) if self.verb == "INSERT" else None
        data = self.sql[found.end() :] if found else b""
        if found is None or not data or data.isspace() or found.group(1).upper() == b"VALUES":
            return None
        statement = self.sql[: found.start(1)].rstrip()[: -len("FORMAT")]
        return statement.decode(), found.group(1).decode(), data

    @property
    def format(self) -> str:
        """The format of the answer."""
        named = _format.findall(self.sql[-200:]) if self.verb in READS else []
        return named[-1].decode() if named else self.default_format

    @property
    def set_statement(self) -> str:
        """The settings of this one request as a statement, or nothing."""
        return (
            "SET " + ", ".join(f"{name} = {quoted(value)}" for name, value in self.settings.items())
        ) * bool(self.settings)


def quoted(text: str) -> str:
    """A string as a literal of SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def read(method: str, query_string: str, headers: Mapping[str, str], body: bytes) -> Ask:
    """The statement that a request carries; raises Wrong."""
    fields = dict(parse_qsl(query_string, keep_blank_values=True))
    body = _decompressed(body, headers.get("content-encoding", ""))
    kind = headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        fields |= _form(kind, body)
        body = b""
    if fields.get("compress") == "1" or fields.get("decompress") == "1":
        raise Wrong(48, "NOT_IMPLEMENTED", "ClickHouse's own block compression is not spoken here")
    sql = fields.get("query", "").encode()
    ask = Ask(
        sql=sql + b"\n" + body if sql and body else sql or body,
        parameters={name[6:]: value for name, value in fields.items() if name.startswith("param_")},
        settings={name: value for name, value in fields.items() if _is_setting(name)},
        database=fields.get("database") or headers.get("x-clickhouse-database", ""),
        session=fields.get("session_id", ""),
        session_timeout=float(fields.get("session_timeout") or 60),
        query_id=fields.get("query_id", ""),
        default_format=fields.get("default_format") or headers.get("x-clickhouse-format", "TabSeparated"),
    )
    if not ask.sql.strip():
        raise Wrong(62, "SYNTAX_ERROR", "Empty query")
    if method == "GET" and ask.verb not in READS:
        raise Wrong(164, "READONLY", "Cannot execute query in readonly mode: the method GET implies readonly")
    return ask


def _is_setting(name: str) -> bool:
    return name not in NOT_SETTINGS and not name.startswith("param_") and bool(_name.fullmatch(name))


def credentials(query_string: str, headers: Mapping[str, str]) -> tuple[str, str]:
    """User and password, from wherever ClickHouse lets a client put them."""
    scheme, _, code = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = b64decode(code).decode().partition(":")
        except ValueError:
            return "", ""
        return user, password
    fields = dict(parse_qsl(query_string))
    return (
        headers.get("x-clickhouse-user") or fields.get("user", ""),
        headers.get("x-clickhouse-key") or fields.get("password", ""),
    )


def code_of(text: str) -> int:
    """The number of the exception that a text of ClickHouse tells of."""
    found = re.search(r"Code: (\d+)", text)
    return int(found.group(1)) if found else 1002


def status_of(code: int) -> int:
    """The HTTP status with which ClickHouse answers an exception of this code."""
    return next((status for status, codes in STATUSES.items() if code in codes), 500)


# From ClickHouse's src/Server/HTTP/exceptionCodeToHTTPStatus.cpp.
STATUSES = {
    401: {194},
    403: {164, 192, 193, 497, 516},
    400: {6, 20, 26, 27, 36, 38, 41, 42, 43, 44, 53, 62, 69, 70, 72, 117, 427, 456, 457, 636},
    404: {16, 46, 47, 50, 52, 56, 57, 60, 63, 71, 73, 81, 115, 218},
    408: {159, 160},
    413: {307},
    423: {373},
    501: {48},
    503: {202, 203, 209, 439},
}


def _decompressed(body: bytes, encoding: str) -> bytes:
    try:
        match encoding:
            case "" | "identity":
                return body
            case "lz4":
                return bytes(import_module("lz4.frame").decompress(body))
            case "zstd":
                name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
                return bytes(import_module(name).decompress(body))
            case "gzip":
                return gzip.decompress(body)
            case "deflate":
                return zlib.decompress(body)
    except Exception as error:
        raise Wrong(354, "ZLIB_INFLATE_FAILED", f"the body is no {encoding}: {error}") from error
    raise Wrong(48, "NOT_IMPLEMENTED", f"the encoding {encoding} is not spoken here")


def _form(kind: str, body: bytes) -> dict[str, str]:
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields = {}
    for part in message.iter_parts():
        if part.get_filename() is not None:
            raise Wrong(
                48, "NOT_IMPLEMENTED", "external data is not taken here; use a temporary table in a session"
            )
        text = part.get_payload(decode=True)
        fields[str(part.get_param("name", header="content-disposition"))] = (
            text.decode() if isinstance(text, bytes) else ""
        )
    return fields
