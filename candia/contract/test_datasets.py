"""Every dataset: its rows hold what its schema says, and nothing more."""

from datetime import date, datetime
from decimal import Decimal
from numbers import Real

import pytest

from candia.contract.declared import declared, samples
from candia.core.dataset import Dataset
from candia.core.service import Service

pytestmark = pytest.mark.django_db
kinds = {
    "string": str,
    "integer": int,
    "number": Real,
    "money": Decimal,
    "boolean": bool,
    "date": date,
    "datetime": datetime,
    "geometry": dict,
}


@pytest.mark.parametrize(("service", "dataset"), declared("datasets"))
def test_rows_hold_what_the_schema_says(service: Service, dataset: Dataset) -> None:
    kept = samples(service)
    getattr(kept, "datasets", kept.commands)()

    rows = list(dataset.query())

    assert rows, f"{service.name}.{dataset.name} is empty though there is a sample"
    for row in rows:
        assert list(row) == [field.name for field in dataset.schema]
        for field in dataset.schema:
            assert row[field.name] is None or isinstance(row[field.name], kinds[field.type])
