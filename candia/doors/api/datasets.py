"""Open data as the API tells of it; the files themselves lie under /data/."""

from __future__ import annotations

from ninja import Router

router = Router()
