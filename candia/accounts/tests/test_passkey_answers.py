"""What no browser answers for a key: a wrong answer, said as such, and never a fault of ours."""

import json
import tracemalloc

import pytest
from allauth.core.context import request_context
from allauth.mfa.webauthn.internal import auth
from django.contrib.sessions.middleware import SessionMiddleware
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candia.accounts.passkeys import AddPasskey, SecondFactor, SignIn
from candia.accounts.tests.samples import somebody

pytestmark = pytest.mark.django_db
KEYS = st.sampled_from(
    ("id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature", "userHandle")
) | st.text(max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
# Of a number in the place of bytes the library would make that many.
BOMB = json.dumps({"id": "a", "rawId": 10**9, "type": "public-key", "response": {}})
ODD = ["9" * 5000, "[" * 50_000, '{"a":' * 50_000, "0", "[]", "{}", '""', BOMB]
ANSWERS = st.one_of(JSON.map(json.dumps), st.text(max_size=40), st.sampled_from(ODD))
CAREFUL = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def asked(rf):
    """Within a request in which keys were asked for."""
    request = rf.post("/")
    SessionMiddleware(lambda _request: None).process_request(request)
    request.user = somebody("clerk")
    with request_context(request):
        auth.begin_registration(request.user, passwordless=True)
        yield request


@CAREFUL
@given(answer=ANSWERS)
def test_a_strange_answer_is_a_wrong_one(asked, answer):
    new = AddPasskey({"credential": answer, "name": "key"}, user=asked.user)
    assert new.fields["credential"].required
    assert not new.is_valid()
    assert not SignIn({"credential": answer}).is_valid()
    assert not SecondFactor({"credential": answer}, user=asked.user).is_valid()


def test_a_number_in_the_place_of_bytes_is_not_made_into_that_many(asked):
    tracemalloc.start()
    try:
        assert not AddPasskey({"credential": BOMB, "name": "key"}, user=asked.user).is_valid()
        assert not SignIn({"credential": BOMB}).is_valid()
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_the_page_says_that_an_answer_is_wrong(client):
    for answer in ("9" * 5000, "[" * 50_000, "{}", "1"):
        page = client.post("/account/2fa/webauthn/login/", {"credential": answer})
        assert page.status_code == 302
        assert "_auth_user_id" not in client.session
