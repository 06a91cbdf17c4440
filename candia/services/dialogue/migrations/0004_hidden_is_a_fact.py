"""Whether a proposal is hidden becomes a fact beside its status; what was hidden and not restored stays hidden."""

from django.db import migrations, models


def part(apps, schema_editor):  # noqa: ANN001, ANN201, ARG001 — Django's signature
    """Take the hiding out of the status, which becomes what it was before.

    A hiding without an end was never restored: it holds also where an answer or its author had brought the
    proposal back to the public meanwhile, which then keeps the status that it has come to.
    """
    Proposal, Hiding = apps.get_model("dialogue", "Proposal"), apps.get_model("dialogue", "Hiding")
    standing = {}
    for hiding in Hiding.objects.filter(until=None).order_by("id"):
        if hiding.proposal_id in standing:
            # The same proposal hidden again after it had slipped out: the last reason stands.
            Hiding.objects.filter(pk=standing[hiding.proposal_id].pk).update(until=hiding.since)
        standing[hiding.proposal_id] = hiding
    for proposal in Proposal.objects.filter(models.Q(status="hidden") | models.Q(pk__in=standing)):
        hiding = standing.get(proposal.pk)
        if proposal.status == "hidden":
            before = hiding.status_before if hiding else "hidden"
            proposal.status = _life(proposal) if before == "hidden" else before
        Proposal.objects.filter(pk=proposal.pk).update(
            hidden=True, status=proposal.status, name="", lon=None, lat=None, zone=""
        )


def _life(proposal):  # noqa: ANN001, ANN202
    """What a hidden proposal has come to, where its hiding does not say."""
    answer = proposal.answers.order_by("-id").first()
    return "withdrawn" if proposal.withdrawn_because else answer.status if answer else "open"


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0003_answer_promised"), ("core", "0003_alert_note")]

    operations = [
        migrations.AddField("proposal", "hidden", models.BooleanField(default=False, db_default=False, editable=False)),
        migrations.RunPython(part, migrations.RunPython.noop),
    ]
