"""What waits to be done behind an event, as the jobs of the records say."""

from procrastinate.contrib.django.models import ProcrastinateJob

from candia.core.event import Event


def woken_by(event: Event) -> set[str]:
    """The names of the rules that are to hear this event."""
    jobs = ProcrastinateJob.objects.filter(task_name="core.hear", args__event=event.pk)
    return {job.args["rule"] for job in jobs}
