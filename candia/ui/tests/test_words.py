"""What templates say in words of their own."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from candia.ui.templatetags.ui_tags import age


@pytest.mark.parametrize(
    ("language", "back", "told"),
    [
        ("el", timedelta(seconds=20), "λιγότερο από ένα λεπτό"),
        ("en", timedelta(seconds=20), "less than a minute"),
        ("en", timedelta(days=4, hours=14), "4\N{NO-BREAK SPACE}days"),
    ],
)
def test_an_age_is_told_in_one_unit_and_never_as_none_of_it(language, back, told):
    with override(language):
        assert age(timezone.now() - back) == told
