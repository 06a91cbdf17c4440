"""The web application that the server runs."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "candia.web.settings")
# Models can be imported once Django is set up.
django_application = get_asgi_application()

from candia.doors.gate import Gate  # noqa: E402
from candia.web.bounds import Bounded  # noqa: E402

application = Gate(Bounded(django_application))
