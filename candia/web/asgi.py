"""The web application that the server runs."""

import os
from pathlib import Path

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "candia.web.settings")
# Models can be imported once Django is set up.
django_application = get_asgi_application()

from candia.core.telemetry import hurry  # noqa: E402
from candia.doors.fast_intake import FastIntake  # noqa: E402
from candia.doors.proxies import Proxied  # noqa: E402
from candia.web.assets import Assets  # noqa: E402
from candia.web.bounds import Bounded  # noqa: E402
from candia.web.fair_queue import Turns  # noqa: E402
from candia.web.request_limits import Traffic  # noqa: E402

# A reader waits no longer than this for a curve.
hurry(30)
dist = Path(__file__).parent / "dist"
application = Proxied(
    Traffic(Assets(FastIntake(Bounded(Turns(django_application))), dist)), settings.CANDIA.proxies
)
