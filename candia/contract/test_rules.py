"""Every rule: fires, stays silent and admits not to know; and its thresholds are numbers a city may set."""

from datetime import UTC, datetime

import pytest

from candia.contract.declared import declared, samples
from candia.core.jobs import rows
from candia.core.rule import CLEAR, UNSURE, Do, Open, Rule
from candia.core.service import Service


@pytest.mark.parametrize(("service", "rule"), declared("rules"))
def test_a_rule_fires(service: Service, rule: Rule) -> None:
    verdicts = rule.judge(samples(service).rules[rule.name]["firing"])

    assert any(isinstance(verdict, (Open, Do)) for verdict in verdicts)


@pytest.mark.parametrize(("service", "rule"), declared("rules"))
def test_what_an_alert_says_can_be_filled_in(service: Service, rule: Rule) -> None:
    for verdict in rule.judge(samples(service).rules[rule.name]["firing"]):
        if isinstance(verdict, Open):
            assert verdict.text.format(lasting="", **verdict.evidence)


@pytest.mark.parametrize(("service", "rule"), declared("rules"))
def test_a_rule_stays_silent(service: Service, rule: Rule) -> None:
    verdicts = rule.judge(samples(service).rules[rule.name]["silent"])

    assert all(verdict is CLEAR for verdict in verdicts)


@pytest.mark.parametrize(("service", "rule"), [item for item in declared("rules") if item.values[1].every])
def test_a_rule_without_data_is_unsure(service: Service, rule: Rule) -> None:
    sample = samples(service).rules[rule.name]["unsure"]

    assert rule.judge(sample) == (UNSURE,)


@pytest.mark.django_db
@pytest.mark.parametrize(("service", "rule"), [item for item in declared("rules") if item.values[1].every])
def test_a_rules_question_can_be_asked(service: Service, rule: Rule) -> None:
    assert rows(service, rule, datetime(2001, 5, 4, tzinfo=UTC)) == []


@pytest.mark.parametrize(("service", "rule"), declared("rules"))
def test_thresholds_are_keywords_with_defaults(service: Service, rule: Rule) -> None:
    for name, default in rule.thresholds.items():
        assert isinstance(default, (int, float, str)), f"{service.name}.{rule.name}: {name} has no default"
