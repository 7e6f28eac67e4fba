"""The events of a run, in order. All charts are drawn from them; live hints only announce new ones."""

from __future__ import annotations

from django.db import models

from webapp.runs.models import Run


class RunEvent(models.Model):
    """One event of a run, numbered from 1 over all its attempts.

    ``payload`` is the event as the trainer wrote it (``trainer.events.events``). ``superseded`` marks what an earlier
    attempt did after the checkpoint from which a later attempt resumed: kept, but in no chart.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveBigIntegerField()
    attempt = models.PositiveIntegerField()
    kind = models.CharField(max_length=12)
    epoch = models.PositiveIntegerField(null=True)
    payload = models.JSONField()
    at = models.DateTimeField()
    superseded = models.BooleanField(default=False)

    class Meta:
        ordering = ("seq",)
        constraints = (models.UniqueConstraint(fields=("run", "seq"), name="one_event_of_a_seq"),)
        indexes = (models.Index(fields=("run", "kind", "seq"), name="metrics_event_kind"),)

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"
