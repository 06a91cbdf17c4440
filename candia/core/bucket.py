"""Bucket: attachments in a store that speaks S3, for cities that say CANDIA_FILES_TO; imported only then."""

from __future__ import annotations

from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from storages.backends.s3 import S3Storage

# Seconds until a bucket that says nothing counts as away: somebody waits before a page.
CONNECT, ANSWER = 5, 15


class Bucket(S3Storage):  # type: ignore[misc]  # the library has no types
    """S3 as django-storages knows it, that gives up soon and asks nothing that only Amazon's answers."""

    def get_default_settings(self) -> dict[str, Any]:
        """The library's own defaults, with ours above."""
        return {
            **super().get_default_settings(),
            "transfer_config": TransferConfig(use_threads=False),
            "client_config": Config(
                connect_timeout=CONNECT,
                read_timeout=ANSWER,
                retries={"max_attempts": 1},
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        }
