"""Fill a city with something of every kind, in its own process; prints as JSON what the tests look for.

Run as `python -m tests.backup.filling`, with the city's settings in the environment and its engines running. The
city of tests/kept was filled by this file too, with the code of its day.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "candia.web.settings")
django.setup()


def fill():
    from django.contrib.sessions.backends.db import SessionStore

    from candia.accounts.push import queue
    from candia.accounts.tests.samples import subscribed
    from candia.core.access import Person, system
    from candia.core.entity import Entity
    from candia.devices import credentials
    from candia.participation.models import Notice
    from candia.services.dialogue.models import Proposal
    from candia.services.dialogue.tests import samples
    from candia.services.water.tests.city import alert, counted, flowed, hold, town

    samples.commands()
    place = town(3)
    counted(*place.meters, days=3)
    flowed(place.district, days=3)
    alert(place.district, "night_flow")
    resident = Person.objects.get(email="author@example.gr")
    resident.set_password("a long enough password")
    resident.save()
    hold(resident, place.meters[0])
    Entity.objects.create(id="water.meter:loaded", kind_name="water.meter", name="Υδρόμετρο φορτίου")
    told = {}
    for name in ("meter-1", "loader"):
        entity = place.meters[0].pk if name == "meter-1" else "water.meter:loaded"
        _device, told[name] = credentials.issue(system, name, entities=(entity,))
    session = SessionStore()
    session["who"] = resident.pk
    session.create()
    notice = Notice.objects.create(event=1, entity=Proposal.objects.latest("number"), person=resident)
    from candia.participation.mail import send_notice

    send_notice.defer(notice=notice.pk)
    subscribed(resident)
    queue.tell("participation.notice", {resident.pk: notice.pk})
    hung = _hang(resident, Proposal.objects.latest("number"))
    return told | {
        "meter": place.meters[0].pk,
        "district": place.district.pk,
        "heading": "Βρύσες στην πλατεία",
        "hung": [hung.sha256, hung.paths()],
    }


def _hang(resident, proposal):
    from io import BytesIO

    from candia.core.attachment import attach
    from candia.core.upload import judged

    file = judged(BytesIO(b"%PDF-1.7\ntrailer <<>>\nstartxref\n9\n%%EOF\n"))
    return attach(resident, proposal, file)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(fill()))
