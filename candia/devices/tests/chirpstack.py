"""A ChirpStack of the tests: its own protobufs served on loopback, with the queue of each device in memory."""

from __future__ import annotations

import uuid
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import grpc
from chirpstack_api import api
from google.protobuf import empty_pb2

TOKEN = "a token of the tests"


class FakeChirpStack(api.DeviceServiceServicer):
    """Takes what it is told; `fails` is the code with which it refuses, `taken` all that was ever enqueued."""

    def __init__(self) -> None:
        self.queues, self.taken = defaultdict(list), []
        self.fails, self.flushed = None, 0
        self._server = grpc.server(ThreadPoolExecutor(2))
        api.add_DeviceServiceServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.stop(None).wait()

    def _check(self, context) -> None:
        if self.fails is not None:
            context.abort(self.fails, "as the test wants it")
        if dict(context.invocation_metadata()).get("authorization") != f"Bearer {TOKEN}":
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "authentication failed")

    def GetQueue(self, request, context):  # noqa: N802 — the names of ChirpStack's API
        self._check(context)
        return api.GetDeviceQueueItemsResponse(result=self.queues[request.dev_eui])

    def FlushQueue(self, request, context):  # noqa: N802
        self._check(context)
        self.flushed += 1
        self.queues[request.dev_eui] = []
        return empty_pb2.Empty()

    def Enqueue(self, request, context):  # noqa: N802
        self._check(context)
        item = request.queue_item
        item.id = str(uuid.uuid4())
        self.queues[item.dev_eui].append(item)
        self.taken.append(item)
        return api.EnqueueDeviceQueueItemResponse(id=item.id)
