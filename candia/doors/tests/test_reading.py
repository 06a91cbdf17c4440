"""A program reads the city: pages, languages, ETags, limits, and errors that it understands."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from candia.core.errors import type_base
from candia.core.relation import relate
from candia.doors import bearer
from candia.doors.limits import Limiter, address
from candia.doors.tests.samples import district, meter, observed
from candia.services.dialogue.tests.samples import person, submitted

pytestmark = pytest.mark.django_db
API = "/api/v1"


def test_a_program_walks_through_all_public_things(client: Client) -> None:
    wanted = {district(f"d{number}").id for number in range(7)}
    meter()

    seen: list[str] = []
    address = f"{API}/entities?limit=3"
    while address:
        answer = client.get(address)
        page = answer.json()
        seen += [item["id"] for item in page["items"]]
        assert ("Link" in answer) is bool(page["next"])
        address = page["next"]

    assert len(seen) == len(set(seen))
    assert set(seen) == wanted


def test_things_are_found_by_kind_zone_and_place(client: Client) -> None:
    near, far = district("near", zone="old"), district("far", zone="new", lon=25.4, lat=35.2)

    def ids(query: str) -> set[str]:
        return {item["id"] for item in client.get(f"{API}/entities?{query}").json()["items"]}

    assert ids("kind=water.district") == {near.id, far.id}
    assert ids("zone=old") == {near.id}
    assert ids("bbox=25.3,35.1,25.5,35.3") == {far.id}


def test_a_thing_tells_its_attributes_its_names_and_what_it_is_related_to(client: Client) -> None:
    area, secret = district("attributed", names={"en": "Old town"}), meter("secret")
    proposal = submitted(person("maria"), "Σκιά στη στάση")
    relate(area, "came_from", proposal)
    relate(area, "stands_at", secret)

    told = client.get(f"{API}/entities/{proposal.id}").json()
    about = client.get(f"{API}/entities/{area.id}", headers={"Accept-Language": "en"}).json()
    kinds = client.get(f"{API}/services/dialogue").json()["kinds"]

    assert told["attributes"]["status"] == "open"
    assert list(told["attributes"]) == [column["name"] for column in kinds[0]["attributes"]]
    assert (about["name"], about["names"]) == ("Old town", {"el": "Ζώνη attributed", "en": "Old town"})
    assert [(one["kind"], one["back"], one["id"]) for one in told["relations"]] == [
        ("came_from", True, area.id)
    ]
    assert [one["id"] for one in about["relations"]] == [proposal.id]


def test_a_map_takes_the_things_as_geojson_page_by_page(client: Client) -> None:
    proposals = {submitted(person(name), f"Σκιά για {name}").id for name in ("maria", "nikos", "eleni")}
    seen: set[str] = set()
    address = f"{API}/entities?kind=dialogue.proposal&limit=2"

    while address:
        answer = client.get(address, headers={"Accept": "application/geo+json"})
        assert answer["Content-Type"] == "application/geo+json"
        for feature in answer.json()["features"]:
            seen.add(feature["id"])
            assert feature["geometry"] is None or feature["geometry"]["type"] == "Point"
            assert feature["properties"]["support_count"] == 0
            assert feature["properties"]["kind"] == "dialogue.proposal"
        address = answer["Link"].partition("<")[2].partition(">")[0] if "Link" in answer else ""

    assert seen == proposals


def test_the_newest_of_all_is_asked_for_by_a_propertys_short_name(client: Client) -> None:
    area = district("newest")
    observed(area.id, "water.inflow", [18.4, 19.0])

    asked = f"{API}/latest?kind=water.district&property="
    short, full = (client.get(f"{asked}{name}").json() for name in ("inflow", "water.inflow"))

    assert short == full
    assert [(one["entity"], one["value"]) for one in short] == [(area.id, 19.0)]


def test_what_has_not_changed_is_not_sent_again(client: Client) -> None:
    thing = district()
    first = client.get(f"{API}/entities/{thing.id}")

    again = client.get(f"{API}/entities/{thing.id}", headers={"If-None-Match": first["ETag"]})
    thing.name = "Νέο όνομα"
    thing.save()
    changed = client.get(f"{API}/entities/{thing.id}", headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert changed.json()["name"] == "Νέο όνομα"


def test_head_answers_as_get_without_the_body(client: Client) -> None:
    got, head = client.get(f"{API}/city"), client.head(f"{API}/city")

    assert head.content == b""
    assert head["Content-Length"] == str(len(got.content))
    assert head["ETag"] == got["ETag"]


def test_a_page_elsewhere_may_read_what_is_open(client: Client) -> None:
    asked = client.options(f"{API}/city", headers={"Origin": "https://elsewhere.example"})

    assert asked.status_code == 204
    assert client.get(f"{API}/city")["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in asked


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/api/", 404, "not-found"),
        ("/api/v1/nonsense", 404, "not-found"),
        ("/api/v1/entities/water.district:none", 404, "not-found"),
        ("/api/v1/entities?limit=many", 422, "refused"),
        ("/api/v1/entities?bbox=1,2,3", 422, "refused"),
        ("/api/v1/alerts?after=x", 422, "refused"),
        ("/api/v1/alerts?after=" + "9" * 30, 422, "refused"),
        ("/api/v1/entities?bbox=nan,1,2,3", 422, "refused"),
        ("/api/v1/entities?zone=%00", 400, "misunderstood"),
        ("/api/v1/entities/water.district:%00", 400, "misunderstood"),
        ("/api/v1/entities/water.meter:17/observations?property=index", 404, "not-found"),
        ("/api/v1/datasets/water/none/rows", 404, "not-found"),
        ("/api/v1/latest?property=water.inflow", 422, "refused"),
    ],
)
@pytest.mark.parametrize("language", ["el", "en"])
def test_each_error_is_a_problem_in_the_readers_language(
    client: Client, address: str, status: int, code: str, language: str
) -> None:
    answer = client.get(address, headers={"Accept-Language": language})

    problem = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.status_code == problem["status"] == status
    assert problem["type"] == type_base + code
    assert answer["Content-Language"] == language
    assert problem["detail"].isascii() is (language == "en")


def test_a_method_that_an_address_has_not_is_a_problem(client: Client) -> None:
    answer = client.delete(f"{API}/city")

    assert answer.status_code == 405
    assert answer.json()["type"] == f"{type_base}wrong-method"
    assert answer["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(("language", "page"), [("el", "/data/api/"), ("en", "/en/data/api/")])
def test_the_root_leads_to_the_page_that_explains_it(client: Client, language: str, page: str) -> None:
    answer = client.get(f"{API}/", headers={"Accept-Language": language})

    assert (answer.status_code, answer["Location"]) == (302, page)


def test_another_citys_name_is_a_problem_too(client: Client) -> None:
    answer = client.get(f"{API}/entities", headers={"Host": "elsewhere.example"})

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_who_asks_is_counted_by_address_and_a_household_by_its_network() -> None:
    assert address("192.0.2.7") == address("::ffff:192.0.2.7") == "192.0.2.7"
    assert address("2001:db8:1:2:aaaa::1") == address("2001:db8:1:2::9") != address("2001:db8:1:3::9")
    assert address("nonsense") == "nonsense"


@given(st.lists(st.floats(0, 5), max_size=60))
def test_no_more_is_granted_than_the_bucket_ever_held(pauses: list[float]) -> None:
    now = [0.0]
    limiter = Limiter(rate=0.5, burst=4, clock=lambda: now[0])
    granted = 0

    for pause in pauses:
        now[0] += pause
        granted += limiter.wait("somebody") == 0

    assert granted <= 4 + now[0] * 0.5 + 0.001
    # Whoever keeps the pause that they were told is let in.
    while not (wait := limiter.wait("somebody")):
        pass
    now[0] += wait
    assert limiter.wait("somebody") == 0


def test_processes_of_one_city_count_together() -> None:
    one, another = (Limiter(rate=0.001, burst=4, name="together") for _process in range(2))

    answers = [limiter.wait("somebody") for limiter in (one, another, one, another, one, another)]

    assert answers[:4] == [0, 0, 0, 0]
    assert answers[4] > 0
    assert answers[5] > 0
    assert one.wait("somebody else") == 0


def test_a_mistake_of_ours_is_a_problem_without_its_secrets(client: Client, monkeypatch) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr("candia.core.things.open_kinds", lambda: 1 / 0)

    answer = client.get(f"{API}/entities")

    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert b"division" not in answer.content


def test_who_asks_too_often_is_told_when_to_come_again(client: Client, monkeypatch) -> None:
    now = [0.0]
    monkeypatch.setattr(bearer, "open_to_all", Limiter(0.5, 3, lambda: now[0]))

    answers = [client.get(f"{API}/city").status_code for _time in range(4)]
    refused = client.get(f"{API}/city")
    other = client.get(f"{API}/city", REMOTE_ADDR="203.0.113.9")
    now[0] += int(refused["Retry-After"])

    assert answers == [200, 200, 200, 429]
    assert refused.json()["type"] == f"{type_base}too-many"
    assert other.status_code == 200
    assert client.get(f"{API}/city").status_code == 200
